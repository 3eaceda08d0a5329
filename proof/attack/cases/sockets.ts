import { setTimeout as sleep } from 'node:timers/promises';
import { deflateRawSync } from 'node:zlib';
import { variables } from '../../../backend/settings.ts';
import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import { growthOf } from '../scene/costs.ts';
import { leftOver } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import { codesOf } from '../wire/answer.ts';
import { frame, OPCODE, RawWebSocket } from '../wire/frames.ts';
import { post } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { slowReaders } from './slow-readers.ts';
import { manyStreams, openAndLeave, streamEndsWithin } from './streams.ts';

const SUBSCRIPTION = {
  query:
    'subscription { signalEvents { __typename ... on StreamProblem { code } ... on StreamCheckpoint { cursor } } }',
};

/** What is wrong with a socket itself. */
export const sockets: readonly Attack[] = [
  {
    ...{
      number: '123',
      title: 'a page of somebody else opens a socket',
      sent: 'foreign origins; none, with and without a bearer',
    },
    safe: '403 at the upgrade for a foreign origin; without one only with a credential',
    trials: { websocket: origins },
  },
  {
    ...{
      number: '124',
      title: 'sockets that never say who they are',
      sent: 'none for 3 s, more than the cap, connection_init twice, one of 9 kB',
      slow: true,
    },
    safe: '4408 after 3 s, 429 at the upgrade, closed, 1009',
    trials: { websocket: silent },
  },
  {
    ...{
      number: '125',
      title: 'floods over one socket',
      sent: 'a message of 65 kB, 16,000 fragments without end, 50,000 pings and 50,000 JSON pings',
      slow: true,
    },
    safe: '1009, 1008 or 4429; the process grows by less than 10 MB',
    trials: { websocket: floods },
  },
  {
    ...{
      number: '126',
      title: 'more subscriptions than one may have',
      sent: '60 over one socket, 230 by one user over five',
    },
    safe: 'at most 50 over a socket and 200 by one user; the others are refused by their id',
    trials: { websocket: manySubscriptions, sse: manyStreams },
  },
  {
    ...{
      number: '127',
      title: 'a subscriber that does not read',
      sent: '8 sockets that ask for the past 50 times each: of clients that read nothing, then 1 kB a second, then of a stopped process; each kind reads on at the end',
      slow: true,
    },
    safe: 'what waits for one stays within 2 MB, others go on; who is too slow hears CONSUMER_TOO_SLOW and 1013 when it reads on, and goes on after its last cursor',
    trials: { websocket: slowReaders },
  },
  {
    ...{
      number: '128',
      title: 'a token that ends during a subscription',
      sent: 'a token of 3 s',
      safe: '4403 within 1 s after its end, nothing after that',
    },
    trials: { websocket: expiry, sse: streamExpiry },
  },
  {
    ...{
      number: '129',
      title: 'messages that are wrong for one id',
      sent: 'bad syntax, an unknown field, a doubled id, ids of 1 MB and __proto__, complete of a foreign id',
    },
    safe: 'only that id is told, the other subscription goes on; a socket is closed only for what the protocol closes it for',
    trials: { websocket: oneId },
  },
  {
    ...{
      number: '130',
      title: 'another protocol',
      sent: 'other subprotocols, binary frames, compressed ones, frames without a mask',
    },
    safe: 'not opened, or closed for it',
    trials: { websocket: otherProtocol },
  },
  {
    ...{ number: '131', title: 'a mutation over a socket', sent: 'queries and mutations, allowed and not' },
    safe: 'the same gate as over HTTP, or refused by policy',
    trials: { websocket: overSocket },
  },
  {
    ...{
      number: '132',
      title: 'subscribe and complete without end',
      sent: '10,000 times as fast as it goes',
      slow: true,
    },
    safe: 'limited or closed; no subscription is left over',
    trials: { websocket: churn, sse: openAndLeave },
  },
];

async function origins({ production, credential }: Scene): Promise<Faults> {
  const url = production.webSocketUrl;
  const headers = await credential();
  const faults: string[] = [];
  for (const origin of ['https://evil.example', 'null', `${new URL(production.url).origin}.evil.example`]) {
    using socket = await AttackSocket.open({ url, headers: { origin, cookie: 'session=x' } });
    if (socket.refused !== 403)
      faults.push(`origin ${origin}: ${socket.refused === null ? 'opened' : socket.refused}, expected 403`);
  }
  using bare = await AttackSocket.open({ url });
  bare.say({ type: 'connection_init' });
  if ((await bare.ends(5_000)) !== 4403) faults.push('no origin and no bearer is not closed with 4403');
  using known = await AttackSocket.authenticated(url, headers);
  if (known.closed !== null) faults.push('no origin with a bearer is refused');
  return faults;
}

/** More than UNKNOWN_SOCKETS_PER_ADDRESS allows. */
const STRANGERS = variables.UNKNOWN_SOCKETS_PER_ADDRESS.default + 100;

async function silent({ production, deployment, credential }: Scene): Promise<Faults> {
  await using service = await deployment.start({});
  const faults: string[] = [];
  using quiet = await AttackSocket.open({ url: production.webSocketUrl });
  const begin = performance.now();
  const code = await quiet.ends(6_000);
  const took = performance.now() - begin;
  if (code !== 4408 || took > 4_000)
    faults.push(`closed with ${code} after ${Math.round(took)} ms, expected 4408 after 3 s`);
  using twice = await AttackSocket.authenticated(production.webSocketUrl, await credential());
  twice.say({ type: 'connection_init', payload: await credential() });
  if ((await twice.ends(3_000)) !== 4429)
    faults.push(`two connection_init: closed with ${twice.closed}, expected 4429`);
  using large = await AttackSocket.open({ url: production.webSocketUrl });
  large.say({ type: 'connection_init', payload: { ...(await credential()), pad: 'x'.repeat(9_000) } });
  if ((await large.ends(3_000)) !== 1009)
    faults.push(`connection_init of 9 kB: closed with ${large.closed}, expected 1009`);
  const strangers = await Promise.all(
    Array.from({ length: STRANGERS }, () => AttackSocket.open({ url: service.webSocketUrl })),
  );
  const refused = strangers.filter((socket) => socket.refused === 429).length;
  for (const socket of strangers) socket[Symbol.dispose]();
  return [...faults, ...(refused > 0 ? [] : [`${STRANGERS} sockets of nobody were all opened`])];
}

async function floods({ production, deployment, credential, tell }: Scene): Promise<Faults> {
  const faults: string[] = [];
  using large = await AttackSocket.authenticated(production.webSocketUrl, await credential());
  large.say({ type: 'ping', payload: { pad: 'x'.repeat(65_000 + 600) } });
  if ((await large.ends(3_000)) !== 1009) faults.push(`a message of 65 kB: closed with ${large.closed}, expected 1009`);
  await using service = await deployment.start({});
  await goodSockets(service.webSocketUrl, credential);
  const pieces = Buffer.concat(
    Array.from({ length: 16_000 }, (_, n) =>
      frame({ opcode: n === 0 ? OPCODE.text : OPCODE.continuation, payload: '[', fin: false }),
    ),
  );
  const pings = Buffer.concat(Array.from({ length: 50_000 }, () => frame({ opcode: OPCODE.ping, payload: 'p' })));
  const jsonPings = Buffer.concat(
    Array.from({ length: 50_000 }, () => frame({ opcode: OPCODE.text, payload: '{"type":"ping"}' })),
  );
  for (const [what, bytes, expected] of [
    ['fragments', pieces, [1009, 1008]],
    ['pings', pings, [1008, 4429]],
    ['JSON pings', jsonPings, [1008, 4429]],
  ] as const) {
    let code: number | null = null;
    let closed = false;
    const grown = await growthOf(service, async () => {
      using raw = await RawWebSocket.open(service.webSocketUrl);
      if (what === 'JSON pings')
        raw.socket.write(
          frame({
            opcode: OPCODE.text,
            payload: JSON.stringify({ type: 'connection_init', payload: await credential() }),
          }),
        );
      await sleep(200);
      // Its pongs are not read.
      if (what === 'pings') raw.socket.pause();
      raw.socket.write(bytes);
      await sleep(1_500);
      raw.socket.resume();
      // Somebody like this does not answer the frame that closes; that it came is what counts.
      closed = (await raw.ends(2_000)) || raw.closeCode !== null;
      code = raw.closeCode;
    });
    if (!closed || (code !== null && !(expected as readonly number[]).includes(code)))
      faults.push(`${what}: ${closed ? `closed with ${code}` : 'not closed'}, expected ${expected.join(' or ')}`);
    tell(`${what}: grew by ${grown.toFixed(1)} MB, the first time included`);
    if (grown > 10) faults.push(`${what}: ${grown.toFixed(1)} MB, expected at most 10`);
  }
  return faults;
}

/** What a process needs for its first work is nothing that a flood takes. */
async function goodSockets(url: string, credential: Scene['credential']): Promise<void> {
  for (let n = 0; n < 20; n++) {
    using socket = await AttackSocket.authenticated(url, await credential());
    await socket.ask('1', SUBSCRIPTION);
    for (let ping = 0; ping < 20; ping++) {
      socket.raw.ping();
      await socket.answersPing();
    }
  }
}

async function manySubscriptions({ production, credential }: Scene): Promise<Faults> {
  const faults: string[] = [];
  const payload = await credential();
  using one = await AttackSocket.authenticated(production.webSocketUrl, payload);
  const first = await opened(one, 60);
  if (first.open > 50 || first.open < 40) faults.push(`${first.open} of 60 are open over one socket, expected 50`);
  if (one.closed !== null) faults.push(`the socket was closed with ${one.closed}`);
  one[Symbol.dispose]();
  await sleep(300);
  const user = await credential();
  const many = await Promise.all(
    Array.from({ length: 5 }, () => AttackSocket.authenticated(production.webSocketUrl, user)),
  );
  let open = 0;
  for (const socket of many) open += (await opened(socket, 46)).open;
  for (const socket of many) socket[Symbol.dispose]();
  if (open > 200) faults.push(`${open} of 230 are open for one user, expected at most 200`);
  const left = await leftOver(async () => (await production.figures()) ?? new Map());
  return [...faults, ...(left === 0 ? [] : [`${left} subscriptions are left over`])];
}

async function opened(socket: AttackSocket, count: number): Promise<{ readonly open: number }> {
  for (let n = 0; n < count; n++) socket.say({ id: `s${n}`, type: 'subscribe', payload: SUBSCRIPTION });
  const end = performance.now() + 15_000;
  const told = () =>
    new Set(
      socket.heard
        .filter(({ type, id }) => (type === 'next' || type === 'error') && id?.startsWith('s'))
        .map(({ id }) => id),
    ).size;
  while (told() < count && socket.closed === null && performance.now() < end) await sleep(20);
  const refusedIds = new Set(socket.heard.filter(({ type }) => type === 'error').map(({ id }) => id));
  return { open: count - refusedIds.size };
}

async function expiry({ production, deployment, credential }: Scene): Promise<Faults> {
  const seconds = Math.floor(Date.now() / 1_000) + 3;
  using socket = await AttackSocket.authenticated(production.webSocketUrl, await credential({ exp: seconds }));
  await socket.ask('1', SUBSCRIPTION);
  const code = await socket.ends(8_000);
  const late = Date.now() - seconds * 1_000;
  const again = await post(
    production.url,
    { query: '{ __typename }' },
    { authorization: `Bearer ${await deployment.issuer.token(Date.now(), { exp: seconds })}` },
  );
  return [
    ...(code === 4403 ? [] : [`closed with ${code}, expected 4403`]),
    // One second to look, and a moment to say goodbye.
    ...(late <= 1_400 ? [] : [`closed ${late} ms after its end`]),
    ...(again.status === 401 ? [] : [`status ${again.status} for the token afterwards`]),
  ];
}

async function streamExpiry(scene: Scene): Promise<Faults> {
  const headers = await scene.credential({ exp: Math.floor(Date.now() / 1_000) + 3 });
  return streamEndsWithin(scene, headers, () => undefined, 4_500);
}

async function oneId({ production, credential }: Scene): Promise<Faults> {
  const headers = await credential();
  const faults: string[] = [];
  using socket = await AttackSocket.authenticated(production.webSocketUrl, headers);
  await socket.ask('good', SUBSCRIPTION);
  for (const [id, query, code] of [
    ['a', '{', 'GRAPHQL_PARSE_FAILED'],
    ['b', '{ zz }', 'GRAPHQL_VALIDATION_FAILED'],
    ['__proto__', '{ zz }', 'GRAPHQL_VALIDATION_FAILED'],
    ['constructor', '{', 'GRAPHQL_PARSE_FAILED'],
    ['c', 'query A { __typename } query B { __typename }', 'OPERATION_RESOLUTION_FAILURE'],
  ] as const)
    faults.push(
      ...refusalFaults(await socket.ask(id, { query }), { codes: [code], sent: query }).map(
        (fault) => `${id}: ${fault}`,
      ),
    );
  socket.say({ id: 'nobody', type: 'complete' });
  socket.say({ id: 'toString', type: 'complete' });
  if (!(await socket.answersPing())) faults.push(`the socket was closed with ${socket.closed}`);
  const heard = socket.heard.filter(({ id }) => id === 'good').length;
  const goesOn = async () => socket.heard.filter(({ id, type }) => id === 'good' && type === 'next').length > heard;
  for (const end = performance.now() + 6_500; performance.now() < end && !(await goesOn()); ) await sleep(50);
  if (!(await goesOn())) faults.push('the other subscription does not go on');
  const closing = {
    'a doubled id': [{ id: 'good', type: 'subscribe', payload: SUBSCRIPTION }, [4409]],
    'an id of 1 MB': [{ id: 'x'.repeat(1_000_000), type: 'subscribe', payload: SUBSCRIPTION }, [1009]],
    'no message': ['nonsense', [4400]],
    'an unknown type': [{ type: 'steal' }, [4400]],
  } as const;
  for (const [what, [message, codes]] of Object.entries(closing)) {
    using other = await AttackSocket.authenticated(production.webSocketUrl, headers);
    await other.ask('good', SUBSCRIPTION);
    other.say(message);
    const code = await other.ends(1_500);
    const told = other.heard.some(({ type, id }) => type === 'error' && id === 'good');
    // graphql-transport-ws closes for what is no message; for the others it may tell the id instead.
    const mayBeTold = what !== 'no message' && what !== 'an unknown type';
    if (code === null ? !(told && mayBeTold) : !(codes as readonly number[]).includes(code))
      faults.push(`${what}: closed with ${code}, expected ${codes.join(' or ')}`);
  }
  return faults;
}

async function otherProtocol({ production, credential }: Scene): Promise<Faults> {
  const url = production.webSocketUrl;
  const headers = await credential();
  const faults: string[] = [];
  for (const protocol of ['graphql-ws', 'mqtt', '']) {
    using socket = await AttackSocket.open({ url, protocol });
    socket.say({ type: 'connection_init', payload: headers });
    const code = socket.refused ?? (await socket.ends(2_000));
    if (code === null || socket.heard.length > 0) faults.push(`the subprotocol "${protocol}" is served`);
  }
  const init = JSON.stringify({ type: 'connection_init', payload: headers });
  const frames: Readonly<Record<string, Buffer>> = {
    'no mask': frame({ opcode: OPCODE.text, payload: init.slice(0, 100), masked: false }),
    compressed: frame({
      opcode: OPCODE.text,
      payload: deflateRawSync(Buffer.alloc(10_000_000, 32)).subarray(0, 9_000),
      compressed: true,
    }),
    'a reserved opcode': frame({ opcode: 3, payload: 'x' }),
    'a continuation of nothing': frame({ opcode: OPCODE.continuation, payload: 'x' }),
    'a ping in pieces': frame({ opcode: OPCODE.ping, payload: 'x', fin: false }),
    'no UTF-8': frame({ opcode: OPCODE.text, payload: Buffer.from([0xc3, 0x28]) }),
    'a close code of nobody': frame({ opcode: OPCODE.close, payload: Buffer.from([0x03, 0xed]) }),
    binary: frame({ opcode: OPCODE.binary, payload: Buffer.from([0, 1, 2, 255]) }),
  };
  for (const [what, bytes] of Object.entries(frames)) {
    using raw = await RawWebSocket.open(url, ['sec-websocket-extensions: permessage-deflate']);
    if (/permessage-deflate/i.test(raw.head)) faults.push('compression is agreed on');
    raw.socket.write(bytes);
    await raw.ends(2_000);
    if (raw.closeCode === null && !raw.closed) faults.push(`${what}: not closed`);
  }
  return faults;
}

async function overSocket({ production, credential }: Scene): Promise<Faults> {
  using socket = await AttackSocket.authenticated(production.webSocketUrl, await credential({ scope: 'signals:read' }));
  const mutation = 'mutation { createApiKey(name: "x", scopes: [SIGNALS_READ]) { text } }';
  const denied = await socket.ask('1', { query: mutation });
  const allowed = await socket.ask('2', { query: '{ signals { nodes { id } } }' });
  const ok = allowed.socket?.type === 'next' || codesOf(allowed).join() === 'BAD_REQUEST';
  return [
    ...refusalFaults(denied, { codes: ['FORBIDDEN', 'BAD_REQUEST'], sent: mutation }),
    ...(ok ? [] : [`a query is answered with ${allowed.text.slice(0, 60)}`]),
    ...((await socket.answersPing()) ? [] : [`the socket was closed with ${socket.closed}`]),
  ];
}

const CHURNS = 10_000;

async function churn({ deployment, credential }: Scene): Promise<Faults> {
  await using service = await deployment.start({});
  using socket = await AttackSocket.authenticated(service.webSocketUrl, await credential());
  let sent = 0;
  for (; sent < CHURNS && socket.closed === null; sent++) {
    socket.say({ id: `c${sent}`, type: 'subscribe', payload: SUBSCRIPTION });
    socket.say({ id: `c${sent}`, type: 'complete' });
    if (sent % 500 === 0) await sleep(10);
  }
  for (
    const end = performance.now() + 20_000;
    performance.now() < end && socket.closed === null && !(await socket.answersPing());
  )
    await sleep(100);
  const limited =
    socket.closed !== null ||
    socket.heard.some(({ type, payload }) => type === 'error' && JSON.stringify(payload).includes('RATE_LIMITED'));
  socket[Symbol.dispose]();
  const left = await leftOver(() => service.figures());
  return [
    ...(limited ? [] : [`${sent} times without a limit`]),
    ...(left === 0 ? [] : [`${left} subscriptions are left over`]),
    ...((await service.isAlive()) ? [] : ['the process did not outlive it']),
  ];
}
