import type { Faults } from './attack.ts';
import { type Answer, codesOf, errorsOf } from './wire/answer.ts';

/** All codes that a refused request may be told, on any transport. */
const CLOSED_CODES = new Set([
  ...['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED', 'UNAVAILABLE', 'TIMEOUT'],
  ...['BAD_REQUEST', 'BAD_JSON', 'BAD_USER_INPUT', 'INVALID_INPUT', 'BAD_CURSOR', 'NOT_FOUND'],
  ...['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'OPERATION_RESOLUTION_FAILURE'],
  ...['DOCUMENT_TOO_COMPLEX', 'COST_EXCEEDED', 'INTROSPECTION_DISABLED'],
  ...['PERSISTED_QUERY_NOT_SUPPORTED', 'DOCUMENT_NOT_TRUSTED', 'KEY_NOT_ACTIVE', 'TOO_MANY_SUBSCRIPTIONS'],
  ...['BODY_TOO_LARGE', 'HEADERS_TOO_LARGE', 'UNSUPPORTED_MEDIA_TYPE', 'METHOD_NOT_ALLOWED', 'NOT_ACCEPTABLE'],
  ...['REQUEST_TIMEOUT', 'OVERLOADED'],
]);
/** Those whose message speaks of the value that was sent, and so may say the rule that it breaks. */
const DOMAIN_CODES = new Set(['INVALID_INPUT', 'BAD_USER_INPUT', 'BAD_CURSOR', 'OPERATION_RESOLUTION_FAILURE']);
const REFUSING = new Set([400, 401, 403, 404, 405, 406, 413, 415, 429, 431]);
/** The socket is closed for what is no message of the protocol: too large, too many, not to be understood. */
const CLOSING = new Set([1002, 1003, 1007, 1009, 4400, 4401, 4403, 4429]);
const LONGEST_ANSWER = 2_048;

export type Refusal = {
  /** The codes of which one has to be told; any of the closed list when not said. */
  readonly codes?: readonly string[];
  readonly statuses?: readonly number[];
  /** All that was sent: what is in it may be said again. */
  readonly sent: string;
  /** Whether the socket may be closed instead, because what was sent is no message of the protocol. */
  readonly mayClose?: boolean;
};

/** Holds an answer to the general rule of a safe refusal. */
export function refusalFaults(answer: Answer, refusal: Refusal): Faults {
  if (answer.socket !== null) return socketFaults(answer, answer.socket, refusal);
  const { status } = answer;
  if (status === null) return ['closed without an answer, expected one that refuses'];
  const expected = new Set(refusal.statuses ?? REFUSING);
  const statusFaults = expected.has(status) ? [] : [`status ${status}, expected one of ${[...expected].join(', ')}`];
  return [...statusFaults, ...contentFaults(answer, refusal)];
}

function socketFaults(answer: Answer, { type, closed }: NonNullable<Answer['socket']>, refusal: Refusal): Faults {
  if (closed !== null) {
    if (refusal.mayClose === true && CLOSING.has(closed)) return [];
    return [`the socket was closed with ${closed}, expected an error for the one operation`];
  }
  if (type !== 'error') return [`"${type}" for the operation, expected "error"`];
  return contentFaults(answer, refusal);
}

function contentFaults(answer: Answer, { codes, sent }: Refusal): Faults {
  const told = codesOf(answer);
  const faults = leaks(answer.text, sent);
  // From before GraphQL, by the parser of HTTP, an answer may have another form.
  if (errorsOf(answer) === null && answer.status !== 431) faults.push('no errors[] in the answer');
  if (told.length === 0) faults.push(`no code in ${JSON.stringify(answer.text.slice(0, 80))}`);
  const unknown = told.filter((code) => !CLOSED_CODES.has(code));
  if (unknown.length > 0) faults.push(`the code ${unknown[0]} is not of the closed list`);
  if (codes !== undefined && !told.some((code) => codes.includes(code)))
    faults.push(`the code is ${told.join(', ') || 'missing'}, expected ${codes.join(' or ')}`);
  if (answer.text.length > LONGEST_ANSWER) faults.push(`an answer of ${answer.text.length} bytes`);
  for (const { message, extensions } of errorsOf(answer) ?? []) {
    const more = Object.keys(extensions ?? {}).filter((name) => !['code', 'retryAfterMs', 'errorId'].includes(name));
    if (more.length > 0) faults.push(`extensions tell ${more.join(', ')}`);
    if (!DOMAIN_CODES.has(String(extensions?.['code']))) faults.push(...limitsIn(message, sent));
  }
  return faults;
}

const STACK = /(?:\n|\\n)\s*at |node_modules|\.[jt]s:\d+/;
const SQL = /\b(?:select .+ from|insert into|update .+ set|syntax error at or near|relation ")/i;
const HOST = /\b(?:127\.0\.0\.1|localhost|ECONNREFUSED|postgres:\/\/)/;

/** What no stranger is told: where it runs, on what, how it looks inside, and names of the schema that he did not say himself. */
export function leaks(text: string, sent: string): string[] {
  const found: string[] = [];
  if (STACK.test(text)) found.push('a stack in the answer');
  if (SQL.test(text) && !SQL.test(sent)) found.push('SQL in the answer');
  if (HOST.test(text) && !HOST.test(sent)) found.push('a host in the answer');
  if (/did you mean/i.test(text)) found.push('a suggestion in the answer');
  const names = [...text.matchAll(/\\"([A-Za-z_]\w*)[!\]]*\\"/g)].map((match) => match[1] ?? '');
  const strange = names.find((name) => !PROTOCOL_WORDS.has(name) && !sent.includes(name));
  if (strange !== undefined) found.push(`the name "${strange}", which nobody sent`);
  return found;
}

const PROTOCOL_WORDS = new Set(['query', 'variables', 'subscription', 'mutation', 'missing', 'application', 'GET']);

/** A number in the words about a limit that was not sent is the limit. */
function limitsIn(message: string, sent: string): string[] {
  const number = [...message.matchAll(/\d{2,}/g)].map(([digits]) => digits).find((digits) => !sent.includes(digits));
  return number === undefined ? [] : [`the message tells the limit ${number}`];
}
