import { describe, expect, it } from 'vitest';
import { refusalFaults } from './judge.ts';
import type { Answer } from './wire/answer.ts';

const refusal = (message: string, code = 'DOCUMENT_TOO_COMPLEX') =>
  JSON.stringify({ errors: [{ message, extensions: { code } }] });
const http = (text: string, status: number | null = 400): Answer => ({
  transport: 'http',
  status,
  headers: {},
  text,
  socket: null,
});
const webSocket = (text: string, type: string | null, closed: number | null = null): Answer => ({
  ...{ transport: 'websocket', status: null, headers: {}, text },
  socket: { type, closed },
});
const expected = { codes: ['DOCUMENT_TOO_COMPLEX'], sent: '{"query":"{ a }"}' };

describe('the verdict over a refusal', () => {
  it('is safe for a code of the closed list that tells nothing else', () => {
    expect(refusalFaults(http(refusal('The document is larger than this service takes.')), expected)).toEqual([]);
    expect(refusalFaults(webSocket(refusal('Too large.'), 'error'), expected)).toEqual([]);
  });

  it.each([
    ['an answer with data', http('{"data":{"a":1}}', 200), 'status 200'],
    ['an error of the server', http(refusal('x'), 500), 'status 500'],
    ['no answer', http('', null), 'closed without an answer'],
    ['another code', http(refusal('x', 'COST_EXCEEDED')), 'the code is COST_EXCEEDED, expected DOCUMENT_TOO_COMPLEX'],
    ['a code that nobody knows', http(refusal('x', 'OOPS')), 'not of the closed list'],
    ['no form of GraphQL', http('{"error":{"code":"DOCUMENT_TOO_COMPLEX","message":"x"}}'), 'no errors[]'],
    ['a page of HTML', http('<html>400</html>'), 'no code'],
    ['a suggestion', http(refusal('No field. Did you mean b?')), 'a suggestion'],
    ['a stack', http(refusal('x\n    at f (file:1:2)')), 'a stack'],
    ['SQL', http(refusal('syntax error at or near "x"')), 'SQL'],
    ['a host', http(refusal('connect ECONNREFUSED 10.0.0.1')), 'a host'],
    ['a limit', http(refusal('at most 1000 tokens')), 'the limit 1000'],
    ['a name of the schema', http(refusal('expected type "SecretThing"')), 'the name "SecretThing"'],
    ['a long answer', http(refusal('x'.repeat(3_000))), 'bytes'],
    [
      'more extensions',
      http('{"errors":[{"message":"x","extensions":{"code":"DOCUMENT_TOO_COMPLEX","stacktrace":[]}}]}'),
      'extensions tell stacktrace',
    ],
    ['a result over a WebSocket', webSocket('{"data":{}}', 'next'), '"next" for the operation'],
    ['nothing over a WebSocket', webSocket('', null), '"null" for the operation'],
    ['a closed socket', webSocket('', null, 4500), 'closed with 4500'],
    ['a socket closed for a message of the protocol', webSocket('', null, 4400), 'closed with 4400'],
  ])('is not safe for %s', (_what, answer, fault) => {
    expect(refusalFaults(answer, expected).join('; ')).toContain(fault);
  });

  it('may be a closed socket where what was sent is no message of the protocol, but not for a failure', () => {
    expect(refusalFaults(webSocket('', null, 1009), { ...expected, mayClose: true })).toEqual([]);
    expect(refusalFaults(webSocket('', null, 1011), { ...expected, mayClose: true })).not.toEqual([]);
  });

  it('lets a problem of a value say its rule, and what was sent be said again', () => {
    const answer = http(refusal('first is "1000", expected an integer from 1 to 100', 'INVALID_INPUT'));
    expect(refusalFaults(answer, { codes: ['INVALID_INPUT'], sent: '{ signals(first: 1000) }' })).toEqual([]);
  });
});
