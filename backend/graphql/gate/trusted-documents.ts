import { readFileSync } from 'node:fs';
import { type GraphQLSchema, specifiedRules, validate } from 'graphql';
import { quote, UserError } from '../../platform/errors.ts';
import { documentHashOf } from './document-cache.ts';
import type { Limits } from './limits.ts';
import { readDocument } from './read-document.ts';
import { Refused } from './refusal.ts';
import { checkShape } from './shape.ts';

/** The only documents that are run, by the SHA-256 of their text in hexadecimal. */
export type TrustedDocuments = ReadonlyMap<string, string>;

const SHOWN = 10;

/** Reads a file of documents, `{"<sha256>": "<document>"}`. Throws a UserError that lists what is wrong with it. */
export function loadTrustedDocuments(file: string, schema: GraphQLSchema, limits: Limits): TrustedDocuments {
  const entries = entriesOf(readText(file), file);
  const mistakes = entries.flatMap(([hash, document]) => mistakesOf(hash, document, schema, limits));
  if (mistakes.length > 0) {
    const more = mistakes.length > SHOWN ? `; and ${mistakes.length - SHOWN} more` : '';
    throw new UserError(CODE, `TRUSTED_DOCUMENTS_FILE ${quote(file)}: ${mistakes.slice(0, SHOWN).join('; ')}${more}`);
  }
  return new Map(entries.map(([hash, document]) => [hash, String(document)]));
}

/** Those and these, which come with the program. */
export function withTrusted(trusted: TrustedDocuments, texts: readonly string[]): TrustedDocuments {
  return new Map([...trusted, ...texts.map((text) => [documentHashOf(text), text] as const)]);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new UserError(CODE, `TRUSTED_DOCUMENTS_FILE is ${quote(file)}, expected a file that can be read`, {
      cause: error,
    });
  }
}

const CODE = 'BAD_TRUSTED_DOCUMENTS';

function entriesOf(text: string, file: string): [string, unknown][] {
  try {
    const content: unknown = JSON.parse(text);
    if (typeof content === 'object' && content !== null && !Array.isArray(content)) return Object.entries(content);
  } catch {
    // Told below like everything else that is no such object.
  }
  throw new UserError(
    CODE,
    `TRUSTED_DOCUMENTS_FILE ${quote(file)} is no list of documents, expected one JSON object {"<sha256>": "<document>"}`,
  );
}

function mistakesOf(hash: string, text: unknown, schema: GraphQLSchema, limits: Limits): string[] {
  if (typeof text !== 'string') return [`${quote(hash)} is ${quote(text)}, expected the text of a document`];
  const actual = documentHashOf(text);
  if (hash !== actual) return [`${quote(hash)} names a document whose SHA-256 is "${actual}"`];
  try {
    const document = readDocument(text, limits);
    checkShape(document, limits);
    const [error] = validate(schema, document, specifiedRules, { maxErrors: 1 });
    return error === undefined ? [] : [`document ${quote(hash.slice(0, 12))}: ${error.message}`];
  } catch (error) {
    if (error instanceof Refused) return [`document ${quote(hash.slice(0, 12))}: ${error.message}`];
    throw error;
  }
}
