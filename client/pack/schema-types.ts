import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { codegen } from '@graphql-codegen/core';
import * as typescript from '@graphql-codegen/typescript';
import { parse } from 'graphql';

const root = new URL('../../', import.meta.url);
export const SCHEMA_TYPES = fileURLToPath(new URL('client/schema.ts', root));

const HEAD = `// Written by "npm run docs" from schema.graphql.

`;

/** Types of everything in schema.graphql, as the text of a module. Numbers that are text there are text here. */
export async function schemaTypes(): Promise<string> {
  const text = await codegen({
    schema: parse(readFileSync(new URL('schema.graphql', root), 'utf8')),
    documents: [],
    filename: SCHEMA_TYPES,
    config: {},
    plugins: [{ typescript: CONFIG }],
    pluginMap: { typescript },
  });
  return formatted(HEAD + text);
}

const CONFIG = {
  enumsAsTypes: true,
  immutableTypes: true,
  avoidOptionals: { field: true },
  // A scalar that is not named here is an error, never "any".
  strictScalars: true,
  scalars: {
    Cursor: 'string',
    Date: 'string',
    DateTime: 'string',
    Decimal: 'string',
    JSONObject: 'Readonly<Record<string, unknown>>',
  },
} as const;

function formatted(text: string): string {
  const biome = fileURLToPath(new URL('node_modules/@biomejs/biome/bin/biome', root));
  const args = [biome, 'format', `--stdin-file-path=${SCHEMA_TYPES}`];
  return execFileSync(process.execPath, args, { cwd: root, input: text, encoding: 'utf8' });
}
