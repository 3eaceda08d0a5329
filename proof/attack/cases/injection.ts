import type { Attack, Faults } from '../attack.ts';
import { leaks, refusalFaults } from '../judge.ts';
import { measure, stallText } from '../scene/costs.ts';
import { seriesIn } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import { type Answer, codesOf, parsed } from '../wire/answer.ts';
import { exchange, post, request } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { newKey } from './keys.ts';
import { LONGEST_STALL_MS } from './refused.ts';
import { operationOn, textArguments } from './schema.ts';

const SQL = [
  "' or 1=1 --",
  "'; drop table signal; --",
  "x' union select hash from api_key --",
  '{"$ne":null}',
  "a') || pg_sleep(5) --",
  'a"->>\'b',
  '__raw',
  '{{7*7}}',
  '%00',
  'a\\',
];
const ALL_AT_ONCE = 8;

/** Text that means something elsewhere: in SQL, in JavaScript, in a log, in a pattern, on a screen. */
export const injection: readonly Attack[] = [
  {
    ...{
      number: '112',
      title: 'SQL in every argument of text',
      sent: `${SQL.length} texts in each argument that takes text, and objects in their place`,
    },
    safe: 'taken as text or refused with a code; never an internal error, never slow',
    trials: { http: sqlEverywhere, websocket: sqlOverSocket },
  },
  {
    ...{
      number: '113',
      title: 'keys of a prototype',
      sent: '__proto__, constructor.prototype and prototype in bodies, variables, filters and connection_init',
    },
    safe: 'refused or passed over; nobody is let in by them',
    trials: { http: prototypes, websocket: socketPrototypes },
  },
  {
    ...{
      number: '114',
      title: 'lines of a log that somebody else writes',
      sent: 'line breaks, escape sequences and JSON in headers, names and values',
    },
    safe: 'every line of the log is one JSON object without a control character',
    trials: { http: logLines },
  },
  {
    ...{
      number: '116',
      title: 'secrets and addresses in logs and figures',
      sent: 'tokens, keys, e-mail addresses and URLs with passwords in every place',
    },
    safe: 'none of them in the log, the figures or an answer to somebody else',
    trials: { http: secretsInLogs },
  },
  {
    ...{
      number: '117',
      title: 'labels without end',
      sent: '10,000 names of operations, paths, tenants and symbols, each new',
      slow: true,
    },
    safe: 'the number of series does not grow with them',
    trials: { http: labels },
  },
  {
    ...{
      number: '118',
      title: 'what is not public',
      sent: '/metrics, /debug, /healthz?verbose, /health/detailed and more on the public port',
    },
    safe: '404, and nothing of the inside on the probes',
    trials: { http: notPublic },
  },
  {
    ...{
      number: '119',
      title: 'unusual Unicode',
      sent: 'NUL, lone surrogates, right-to-left marks, look-alikes, in every argument of text',
    },
    safe: 'taken as text or refused with a code; never an internal error',
    trials: { http: unicode },
  },
  {
    ...{
      number: '120',
      title: 'text that a pattern reads for ever',
      sent: '10,000 and more characters made for each kind of pattern, in every argument of text',
    },
    safe: 'the event loop is never held for more than 50 ms',
    trials: { http: patterns },
  },
  {
    ...{
      number: '122',
      title: 'a path as the name of a model',
      sent: '../../etc/passwd as every id, and a file as an upload',
    },
    safe: 'there is nothing of that name; no file is read, none is taken',
    trials: { http: paths },
  },
];

/** Sends a text in each argument that takes text, by variable; answers what was wrong with the answers. */
async function everywhere(
  scene: Scene,
  texts: readonly unknown[],
  judge: (answer: Answer, sent: string) => Faults,
  atOnce = ALL_AT_ONCE,
): Promise<Faults> {
  const { production } = scene;
  const headers = await scene.credential();
  const bodies = textArguments()
    .filter(({ root }) => root.kind !== 'subscription')
    .flatMap(({ root, argument, isList }) =>
      texts.map((text) => {
        const operation = operationOn(root, { [argument.name]: '$v' });
        const declared = operation.replace(/^(\w+)/, `$1 ($v: ${argument.type})`);
        return { query: declared, variables: { v: isList ? [text] : text } };
      }),
    );
  const faults: string[] = [];
  for (let at = 0; at < bodies.length; at += atOnce) {
    const answers = await Promise.all(
      bodies.slice(at, at + atOnce).map(async (body) => ({ body, answer: await post(production.url, body, headers) })),
    );
    for (const { body, answer } of answers) {
      const sent = JSON.stringify(body);
      faults.push(...judge(answer, sent).map((fault) => `${sent.slice(0, 120)}: ${fault}`));
    }
  }
  return faults.slice(0, 4);
}

function noBug(answer: Answer, sent: string): Faults {
  const inside = codesOf(answer).filter((code) =>
    ['INTERNAL_SERVER_ERROR', 'TIMEOUT', 'UNAVAILABLE', 'undefined'].includes(code),
  );
  return [
    ...(answer.status !== null && answer.status < 500 ? [] : [`status ${answer.status}`]),
    ...inside.map((code) => `the code ${code}`),
    ...leaks(answer.text, sent),
  ];
}

async function sqlEverywhere(scene: Scene): Promise<Faults> {
  const count = async () =>
    (
      await scene.deployment.owner.query(
        'select (select count(*) from instrument) + (select count(*) from api_key where revoked_at is not null) as n',
      )
    ).rows[0]?.n;
  const before = await count();
  const faults = await everywhere(scene, [...SQL, { __raw: 'select 1' }, { $ne: null }, ['a', ['b']]], noBug);
  return [...faults, ...((await count()) === before ? [] : ['rows were changed'])];
}

async function sqlOverSocket({ production, credential }: Scene): Promise<Faults> {
  using socket = await AttackSocket.authenticated(production.webSocketUrl, await credential());
  const faults: string[] = [];
  for (const [n, text] of SQL.entries()) {
    const bars = await socket.ask(`b${n}`, {
      query: 'subscription ($i: ID!) { bars(instrument: $i) { __typename } }',
      variables: { i: text },
    });
    const filtered = await socket.ask(`f${n}`, {
      query: 'subscription ($f: SignalFilter) { signalEvents(filter: $f) { __typename } }',
      variables: { f: { instruments: [text], mic: [text], models: [text] } },
    });
    faults.push(...noBug({ ...bars, status: 200 }, text), ...noBug({ ...filtered, status: 200 }, text));
    for (const id of [`b${n}`, `f${n}`]) socket.say({ id, type: 'complete' });
  }
  return faults;
}

const POLLUTED =
  '{"__proto__":{"polluted":1,"first":1},"constructor":{"prototype":{"polluted":1}},"prototype":{"polluted":1}}';

async function prototypes({ production, credential }: Scene): Promise<Faults> {
  const headers = await credential();
  const query = 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }';
  const bodies = [
    `{"query":"{ __typename }","__proto__":{"query":"{ apiKeys { prefix } }"}}`,
    `{"query":"{ __typename }","variables":${POLLUTED}}`,
    `{"query":${JSON.stringify(query)},"variables":{"f":${POLLUTED}}}`,
    `{"query":"{ __typename }","extensions":${POLLUTED}}`,
    `{"__proto__":{"query":"{ __typename }"}}`,
    `{"query":"{ __typename }","operationName":"__proto__"}`,
    `{"query":"{ __proto__ constructor { prototype } }"}`,
    `{"query":"query ($__proto__: Int) { __typename }","variables":{"__proto__":1}}`,
  ];
  const faults: string[] = [];
  for (const body of bodies) {
    const answer = await post(production.url, body, headers);
    const passedOver = answer.status === 200 && answer.text === '{"data":{"__typename":"Query"}}\n';
    if (!passedOver)
      faults.push(...refusalFaults(answer, { sent: body }).map((fault) => `${body.slice(0, 60)}: ${fault}`));
  }
  const stranger = await post(
    production.url,
    `{"query":"{ __typename }","__proto__":{"authorization":"${headers.authorization}"}}`,
  );
  if (stranger.status !== 401) faults.push(`status ${stranger.status} for a credential in a prototype`);
  return faults;
}

async function socketPrototypes({ production, credential }: Scene): Promise<Faults> {
  const headers = await credential();
  using stranger = await AttackSocket.open({ url: production.webSocketUrl });
  stranger.say(`{"type":"connection_init","payload":{"__proto__":{"authorization":"${headers.authorization}"}}}`);
  const code = await stranger.ends(5_000);
  using socket = await AttackSocket.authenticated(production.webSocketUrl, headers);
  socket.say(
    `{"id":"1","type":"subscribe","payload":{"query":"{ __typename }","variables":${POLLUTED},"__proto__":{"query":"{ apiKeys { prefix } }"}}}`,
  );
  const first = await socket.hears(({ id }) => id === '1');
  return [
    ...(code === 4403 ? [] : [`closed with ${code} for a credential in a prototype`]),
    ...(JSON.stringify(first ?? '').includes('prefix') ? ['the query of the prototype was answered'] : []),
    ...((await socket.answersPing()) ? [] : ['the socket does not answer any more']),
  ];
}

// Tabs and line breaks are control characters, too: within a line of JSON they are escaped.
const CONTROL = /[\p{Cc}\u2028\u2029]/u;

async function logLines({ production, credential }: Scene): Promise<Faults> {
  const headers = await credential();
  const { host } = new URL(production.url);
  const forged = '{"level":"error","message":"forged"}';
  await exchange(
    production.url,
    `GET /x%0d%0a${encodeURIComponent(forged)}\u001b[31m HTTP/1.1\r\nhost: ${host}\r\nuser-agent: a\u001b[2J\r\nx-correlation-id: a\tb\r\nconnection: close\r\n\r\n`,
    500,
  );
  const evil = `a\r\n${forged}\u001b[2J\u2028\u0085`;
  for (const body of [
    { query: '{ __typename }', operationName: evil },
    { query: `query ($s: [String!]) { instruments(symbols: $s) { nodes { id } } }`, variables: { s: [evil] } },
    { query: `{ ${evil} }` },
    { query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id: evil } },
  ])
    await post(production.url, body, { ...headers, 'user-agent': 'a\tb' });
  const lines = production
    .output()
    .split('\n')
    .filter((line) => line !== '');
  const broken = lines.filter((line) => parsed(line) === null || CONTROL.test(line));
  const made = lines.filter((line) => (parsed(line) as { message?: unknown } | null)?.message === 'forged');
  return [...broken, ...made].slice(0, 2).map((line) => `a line of the log: ${JSON.stringify(line.slice(0, 100))}`);
}

async function secretsInLogs(scene: Scene): Promise<Faults> {
  const { production } = scene;
  const key = await newKey(scene, '[SIGNALS_READ]');
  const { authorization } = await scene.credential();
  const token = authorization.slice(7);
  const secrets = {
    key: key.text,
    token,
    mail: 'ada.lovelace@private.example',
    url: 'postgres://ada:geheim-8271@db.private/x',
  };
  const all = Object.values(secrets).join(' ');
  await post(
    production.url,
    { query: `query ($id: ID!) { node(id: $id) { id } }`, variables: { id: all } },
    { authorization, 'user-agent': all },
  );
  await post(
    production.url,
    { query: `{ node(id: "${all}") { zz } }`, operationName: all },
    { 'x-api-key': key.text, referer: `https://${all}` },
  );
  await post(
    production.url,
    { query: '{ __typename }' },
    { authorization: `Bearer ${token}x`, 'x-correlation-id': token.slice(0, 60) },
  );
  await post(`${production.url}/${encodeURIComponent(all)}`, '{');
  await post(production.url, `{"query":"${all}`, { authorization });
  const page = await request({ url: `${(await scene.deployment.service('production')).internalUrl}/metrics` });
  const audit = await scene.deployment.owner.query(
    `select string_agg(body, ' ') as all from event_log where stream = 'audit'`,
  );
  const places = { log: production.output(), figures: page.text, 'audit log': String(audit.rows[0]?.all) };
  return Object.entries(places).flatMap(([place, text]) =>
    Object.entries({ ...secrets, password: 'geheim-8271' }).flatMap(([what, secret]) =>
      text.includes(secret) ? [`the ${what} is in the ${place}`] : [],
    ),
  );
}

const NAMES = 10_000;
const FIRST_NAMES = 200;

async function labels({ production, credential }: Scene): Promise<Faults> {
  const headers = await credential();
  const origin = new URL(production.url).origin;
  const round = async (from: number, until: number): Promise<void> => {
    for (let n = from; n < until; n += ALL_AT_ONCE)
      await Promise.all(
        Array.from({ length: ALL_AT_ONCE }, async (_, k) => {
          const name = `n${n + k}`;
          await post(production.url, { query: `query ${name} { ${name}: __typename }`, operationName: name }, headers);
          await request({ url: `${origin}/${name}?${name}=1` });
          await post(
            production.url,
            { query: `query { instruments(symbols: ["${name}"]) { nodes { id } } }`, operationName: null },
            { ...headers, 'x-tenant': name },
          );
        }),
      );
  };
  await round(0, FIRST_NAMES);
  const before = seriesIn((await production.figures()) ?? new Map());
  await round(FIRST_NAMES, FIRST_NAMES + NAMES);
  const after = seriesIn((await production.figures()) ?? new Map());
  return after - before <= 2 ? [] : [`${after - before} new series for ${NAMES} new names`];
}

async function notPublic({ production }: Scene): Promise<Faults> {
  const origin = new URL(production.url).origin;
  const paths = [
    '/metrics',
    '/debug',
    '/debug/pprof/',
    '/healthz?verbose',
    '/health/detailed',
    '/internal',
    '/.env',
    '/.git/config',
    '/server-status',
    '/actuator/env',
    '/graphql/../metrics',
    '//metrics',
    '/%6detrics',
    '/metrics/',
  ];
  const faults: string[] = [];
  for (const path of paths) {
    const { text } = await exchange(origin, `GET ${path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n`, 2_000);
    if (!/^HTTP\/1\.1 (?:404|400) /.test(text)) faults.push(`${path}: ${text.slice(9, 13)}`);
    if (/process_cpu|nodejs_|"checks"/.test(text)) faults.push(`${path} shows the inside`);
  }
  const probes = await Promise.all(
    ['/livez?verbose', '/readyz?verbose=1', '/health?detailed'].map((path) => request({ url: `${origin}${path}` })),
  );
  return [
    ...faults,
    ...probes.flatMap(({ text }) => (/checks|memory|pool|127\.0/.test(text) ? ['a probe shows the inside'] : [])),
  ];
}

const UNICODE = [
  '\u0000',
  'a\u0000b',
  '\ud800',
  'a\udfffb',
  '\u202eAAPL',
  'АAPL',
  '\ufeffAAPL',
  'e\u0301',
  '\u{1f600}'.repeat(20),
  'ı',
  '\uffff',
  'AAPL\u200b',
];

async function unicode(scene: Scene): Promise<Faults> {
  const { production } = scene;
  const headers = await scene.credential();
  const faults = [...(await everywhere(scene, UNICODE, noBug))];
  for (const query of [
    '{ node(id: "\\u0000") { id } }',
    '{ instruments(symbols: ["\\uD800"]) { nodes { id } } }',
    '{ \u0000 }',
    '{ __typename }\u0000',
    '\ufeff{ __typename }',
  ]) {
    const answer = await post(production.url, { query }, headers);
    faults.push(...noBug(answer, query));
  }
  const invalid = await post(
    production.url,
    Buffer.concat([
      Buffer.from('{"query":"{ __typename }","operationName":"'),
      Buffer.from([0xff, 0xfe, 0xc0, 0x80]),
      Buffer.from('"}'),
    ]),
    headers,
  );
  faults.push(...noBug(invalid, ''));
  const large = await post(
    production.url,
    { query: '{ __typename }', variables: { s: '\u202e'.repeat(350_000) } },
    headers,
  );
  if (large.status !== 413 && large.status !== null) faults.push(`status ${large.status} for a text of 1 MB`);
  return faults;
}

const PATTERNS = [
  '0'.repeat(30_000),
  `${'1'.repeat(20)}.${'1'.repeat(30_000)}x`,
  '-'.repeat(30_000),
  `2026-11-20T00:00:00.${'0'.repeat(30_000)}Z`,
  'a'.repeat(30_000),
  `${'a.'.repeat(15_000)}!`,
  ' '.repeat(30_000),
  `${'A'.repeat(30_000)}==`,
  '_'.repeat(30_000),
  `${'x@'.repeat(15_000)}`,
];

async function patterns(scene: Scene): Promise<Faults> {
  const faults: string[] = [];
  let worst = 0;
  const send = (text: string) => async () => {
    faults.push(...(await everywhere(scene, [text], noBug, 1)));
    return faults.length === 0;
  };
  for (const text of PATTERNS) {
    const costs = await measure(scene, send(text));
    if (costs === null) return faults;
    worst = Math.max(worst, costs.usual.stallMs);
    if (costs.usual.stallMs > LONGEST_STALL_MS) faults.push(`${text.slice(0, 20)}…: ${stallText(costs)}`);
  }
  scene.tell(`late by ${Math.round(worst)} ms for the worst of ${PATTERNS.length} texts, of each the median`);
  return faults.slice(0, 4);
}

async function paths(scene: Scene): Promise<Faults> {
  const { production } = scene;
  const headers = await scene.credential();
  const faults: string[] = [];
  for (const id of [
    '../../../../etc/passwd',
    '..%2f..%2fetc%2fpasswd',
    'file:///etc/passwd',
    'model\u0000.json',
    '/proc/self/environ',
    'a/../../b@1',
    'mod_../../x@1',
  ])
    for (const query of [
      'query ($id: ID!) { modelVersion(id: $id) { id } }',
      'query ($id: ID!) { node(id: $id) { id } }',
      'query ($id: ID!) { signal(id: $id) { id } }',
    ]) {
      const answer = await post(production.url, { query, variables: { id } }, headers);
      faults.push(...noBug(answer, id));
      if (/root:|PATH=/.test(answer.text)) faults.push(`${id} was read`);
    }
  const upload = `--x\r\ncontent-disposition: form-data; name="0"; filename="../../model.pkl"\r\n\r\n\u0080\u0004.\r\n--x--`;
  const answer = await request({
    url: production.url,
    method: 'POST',
    headers: { ...headers, 'content-type': 'multipart/form-data; boundary=x' },
    body: upload,
  });
  return [...faults, ...refusalFaults(answer, { statuses: [415], sent: '' })];
}
