import { describe, expect, it } from 'vitest';
import { PAGE_INFO, type Page, playService } from './service.fixture.ts';
import { nested } from './subscription.fixture.ts';

const played = playService();

const listCursor = (list: string, key: string): string =>
  Buffer.from(JSON.stringify([1, list, key])).toString('base64url');
const CLIENT_CODES = [
  'INVALID_INPUT',
  'BAD_CURSOR',
  'BAD_USER_INPUT',
  'BAD_REQUEST',
  'GRAPHQL_PARSE_FAILED',
  'GRAPHQL_VALIDATION_FAILED',
  'OPERATION_RESOLUTION_FAILURE',
  'DOCUMENT_TOO_COMPLEX',
];

describe('a mistake in a query', () => {
  const signals = (args: string) => `{ signals(${args}) { nodes { id } } }`;
  const barsOf = (args: string) => `{ bars(${args}) { nodes { close } } }`;
  const events = (args: string) => `{ signalEvents(${args}) { nodes { seq } } }`;
  const someBars = (args: string) => barsOf(`instrument: "ins_sim-a", ${args}`);

  it.each(
    [
      [signals('first: 0'), 'first is "0", expected an integer from 1 to 100'],
      [signals('first: 101'), 'first is "101", expected an integer from 1 to 100'],
      [signals('last: -1'), 'last is "-1", expected an integer from 1 to 100'],
      [signals('first: 1, last: 1'), 'last is "1", expected not to be given together with first or after'],
      [signals('first: 1, before: "abc"'), 'before is "abc", expected to be given with last'],
      [signals('first: "x"'), 'Int cannot represent non-integer value: "x"'],
      [signals('after: "!"'), 'Cursor is "!", expected a cursor exactly as it was received'],
      [signals(`after: "${listCursor('instruments', 'x')}"`), 'expected a cursor of signals as it was received'],
      [signals(`after: "${listCursor('signals', 'x y')}"`), 'expected a cursor of signals as it was received'],
      [
        signals(`after: "${listCursor('signals', '1 00000000-0000')}"`),
        'expected a cursor of signals as it was received',
      ],
      [signals('instruments: ["spy"]'), 'instruments is "spy", expected an id as this service gave it'],
      [signals('instruments: ["ins_\\u0000"]'), 'A text is "ins_\\u0000", expected one without the character U+0000'],
      [signals('states: [NOPE]'), 'Value "NOPE" does not exist in "SignalState" enum'],
      ['{ signal(id: "ins_sim-a") { id } }', 'id is "ins_sim-a", expected the id of a Signal'],
      [`{ signal(id: "sig_${'-'.repeat(36)}") { id } }`, 'expected an id as this service gave it'],
      ['{ node(id: "nonsense") { id } }', 'id is "nonsense", expected an id as this service gave it'],
      [
        `{ nodes(ids: ${JSON.stringify(Array(101).fill('ins_a'))}) { id } }`,
        'ids is "101 values", expected at most 100',
      ],
      ['{ modelVersion(id: "mod_\\u0000@1") { id } }', 'expected one without the character U+0000'],
      ['{ models(last: 1) { nodes { id } } }', 'last is "1", expected first and after'],
      [`{ models(after: "${listCursor('models', 'x')}") { nodes { id } } }`, 'expected a cursor of models'],
      ['{ instruments(symbols: ["\\u0000"]) { nodes { id } } }', 'expected one without the character U+0000'],
      [
        `{ instruments(after: "${listCursor('instruments', '\0')}") { nodes { id } } }`,
        'expected a cursor of instruments',
      ],
      [barsOf('instrument: "sig_00000000-0000-8000-8000-000000000000"'), 'expected the id of an Instrument'],
      [barsOf(''), 'Expected Name'],
      [
        '{ featureRanks(instruments: ["ins_sim-a"], feature: rsi14) { rank } }',
        'instruments is "1", expected 2 to 100',
      ],
      [
        '{ featureRanks(instruments: ["ins_sim-a", "ins_sim-b"], feature: rsi14, timeframe: ONE_HOUR) { rank } }',
        'expected one of 1m, 1d: features are made of the bars of feeds',
      ],
      [someBars('first: 1001'), 'first is "1001", expected an integer from 1 to 1000'],
      [someBars(`after: "${listCursor('bars', 'x')}"`), 'expected a cursor of bars as it was received'],
      [someBars('from: "yesterday"'), 'yesterday'],
      [someBars('until: "2026-02-30T00:00:00Z"'), '2026-02-30T00:00:00Z'],
      [
        someBars('from: "2026-02-03T00:00:00Z", until: "2026-02-02T00:00:00Z"'),
        'until is "2026-02-02T00:00:00.000Z", expected an instant not before from (2026-02-03T00:00:00.000Z)',
      ],
      [
        someBars('from: "0000-01-01T00:00:00Z"'),
        'from is "0000-01-01T00:00:00.000Z", expected a moment from the year 1 on',
      ],
      [
        '{ calendar(calendar: "LONDON", from: "2026-01-01", until: "2026-01-02") { open } }',
        'calendar is "LONDON", expected one of XNYS, 24x7',
      ],
      [
        '{ calendar(from: "2026-13-01", until: "2026-01-02") { open } }',
        'Date is "2026-13-01", expected a date such as',
      ],
      [
        '{ calendar(from: "2026-02-30", until: "2026-03-02") { open } }',
        'Date is "2026-02-30", expected a date such as',
      ],
      [
        '{ calendar(from: "2026-03-30", until: "2026-03-02") { open } }',
        'until is "2026-03-02", expected a date not before from',
      ],
      [
        '{ calendar(from: "2014-01-01", until: "2016-01-02") { open } }',
        'until is "2016-01-02", expected at most 400 days after from',
      ],
      [
        '{ marketSession(at: "1990-01-01T00:00:00Z") { open } }',
        'at is "1990-01-01T00:00:00.000Z", expected a moment of calendar XNYS',
      ],
      ['{ performance(provenance: NONE) { n } }', 'Value "NONE" does not exist in "Provenance" enum'],
      [
        '{ performance(provenance: REPLAY, asOf: "0000-01-01T00:00:00Z") { n } }',
        'expected a moment from the year 1 on',
      ],
      [
        events(`after: "${listCursor('signals', 'x')}"`),
        'expected a cursor of this service exactly as it was received',
      ],
      [
        events('filter: { instruments: ["sim-a"] }'),
        'filter.instruments is "sim-a", expected an id as this service gave it',
      ],
      [events(`filter: ${nested(5)}`), 'filter is "6 levels", expected at most 5 levels'],
      [events(`filter: ${nested(4_000)}`), 'The document has "36046" characters, expected at most 15000'],
      [events(`filter: ${nested(400)}`), 'The document has more than 1000 tokens'],
      [events('filter: { minConfidence: "2" }'), 'filter.minConfidence is "2", expected a decimal from 0 to 1'],
      [events('filter: { minConfidence: "abc" }'), 'Decimal is "abc", expected decimal text such as'],
      [events('filter: { nope: 1 }'), 'Field "nope" is not defined by type "SignalFilter"'],
      ['{ nope }', 'Cannot query field "nope" on type "Query"'],
      ['{ signals(', 'Syntax Error'],
      ['', 'This is no request that is answered here, expected one object'],
      ['query A { health { status } } query B { health { status } }', 'operationName is missing'],
      ['subscription { signalEvents { __typename } }', 'The operation is a "subscription", expected a query'],
    ].map(([query = '', message = '']) => ({ query, message })),
  )('is answered: … $message …', async ({ query, message }) => {
    const answer = await played.post(query);
    expect(answer.errors).toHaveLength(1);
    const [error] = answer.errors ?? [];
    expect(error?.message).toContain(message);
    expect(CLIENT_CODES).toContain(error?.extensions.code);
    expect(Object.keys(error?.extensions ?? {})).toEqual(['code']);
    expect(JSON.stringify(answer)).not.toMatch(/stack|node_modules|\.ts:/i);
  });

  it('is found in variables as well, and named there', async () => {
    const { errors } = await played.post(
      'query ($first: Int, $after: Cursor) { signals(first: $first, after: $after) { nodes { id } } }',
      { first: 'x', after: '!' },
    );
    expect(errors?.map(({ message }) => message)).toEqual([
      'Variable "$first" got invalid value "x"; Int cannot represent non-integer value: "x"',
      'Variable "$after" got invalid value "!"; Cursor is "!", expected a cursor exactly as it was received',
    ]);
    const deep = `{"query":"query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }","variables":{"f":${'{"not":'.repeat(9_000)}{}${'}'.repeat(9_000)}}}`;
    const response = await fetch(`${played.service.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: deep,
    });
    expect(await response.json()).toEqual({
      errors: [{ message: 'The request is nested too deeply.', extensions: { code: 'BAD_USER_INPUT' } }],
    });
  });

  it('does not continue a cursor under another filter', async () => {
    const { signalEvents } = await played.ask<{ signalEvents: Page<unknown> }>(
      `{ signalEvents(first: 1) { ${PAGE_INFO} } }`,
    );
    const { errors } = await played.post(
      'query ($after: Cursor) { signalEvents(after: $after, filter: { mic: ["ARCX"] }) { nodes { seq } } }',
      {
        after: signalEvents.pageInfo.endCursor,
      },
    );
    expect(errors?.[0]).toMatchObject({
      message: expect.stringContaining('expected a cursor that was made under the same filter'),
      extensions: { code: 'INVALID_INPUT' },
    });
  });

  it('leaves nothing in the log of the service', () => {
    expect(played.service.output).not.toMatch(/"level":"error"|Internal error/);
  });
});
