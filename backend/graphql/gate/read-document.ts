import { type DocumentNode, GraphQLError, parse } from 'graphql';
import type { Limits } from './limits.ts';
import { Refused } from './refusal.ts';

/** The document of a text. What can be read is bounded by characters first, then by tokens, of which reading stops at the first too many. */
export function readDocument(text: string, limits: Limits): DocumentNode {
  if (text.length > limits.characters) {
    throw new Refused(
      'characters',
      'DOCUMENT_TOO_COMPLEX',
      `The document has "${text.length}" characters, expected at most ${limits.characters}`,
    );
  }
  try {
    return parse(text, { maxTokens: limits.tokens });
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    if (TOO_MANY.test(error.message)) {
      throw new Refused(
        'tokens',
        'DOCUMENT_TOO_COMPLEX',
        `The document has more than ${limits.tokens} tokens, expected at most ${limits.tokens}`,
      );
    }
    // A name in a message of the reader is as long as whoever asks made it.
    const message = error.message.length > 200 ? `${error.message.slice(0, 199)}…` : error.message;
    throw new Refused('syntax', 'GRAPHQL_PARSE_FAILED', message, { at: error });
  }
}

const TOO_MANY = /^Syntax Error: Document contains more that \d+ tokens/;
