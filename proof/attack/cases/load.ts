import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Faults } from '../attack.ts';
import type { Scene } from '../scene/scene.ts';
import { type Answer, codesOf } from '../wire/answer.ts';
import { post, postForEvents } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { COSTLY, crowd } from './crowd.ts';
import { onEach, refused } from './refused.ts';
import { times } from './texts.ts';

const SLOW = '{ instruments { nodes { id } } }';
/** Too much, too often, too slow. */
export const load: readonly Attack[] = [
  refused({
    ...{
      number: '48',
      title: '500 attempts in one document',
      sent: '500 aliases of a mutation; there is no login to guess at',
    },
    ...{ codes: ['DOCUMENT_TOO_COMPLEX'], statuses: [400] },
    requests: [
      {
        query: `mutation { ${times(500, (n) => `a${n}: revokeApiKey(prefix: "${String(n).padStart(12, '0')}") { prefix }`)} }`,
      },
      { query: `mutation { ${times(100, (n) => `a${n}: revokeApiKey(prefix: "0") { prefix }`)} }` },
    ],
  }),
  {
    ...{
      number: '51',
      title: 'a resolver that is too slow',
      sent: 'a query whose statement takes 20 s',
      slow: true,
    },
    safe: 'TIMEOUT within 5 s, and the statement is cancelled',
    trials: {
      http: (scene) => tooSlow(scene, async (headers) => post(scene.production.url, { query: SLOW }, headers)),
      sse: (scene) => tooSlow(scene, async (headers) => postForEvents(scene.production.url, { query: SLOW }, headers)),
      websocket: (scene) =>
        tooSlow(scene, async (headers) => {
          using socket = await AttackSocket.authenticated(scene.production.webSocketUrl, headers);
          return await socket.ask('1', { query: SLOW });
        }),
    },
  },
  {
    ...{
      number: '52',
      title: 'a client that leaves',
      sent: 'a query whose statement takes 20 s, and the connection closed',
      safe: 'the statement is cancelled within 1 s',
    },
    trials: {
      http: (scene) => leaves(scene, async (headers) => begin(scene, headers, 'application/json')),
      sse: (scene) => leaves(scene, async (headers) => begin(scene, headers, 'text/event-stream')),
      websocket: (scene) =>
        leaves(scene, async (headers) => {
          const socket = await AttackSocket.authenticated(scene.production.webSocketUrl, headers);
          socket.say({ id: '1', type: 'subscribe', payload: { query: SLOW } });
          return () => socket[Symbol.dispose]();
        }),
    },
  },
  {
    ...{
      number: '53',
      title: '1,000 queries of the highest cost at once',
      sent: '1,000 connections, each by another user',
      slow: true,
    },
    safe: 'answered or shed with 503 or 429 and retry-after, never another 5xx; a probe is answered within 100 ms (p99)',
    trials: onEach(crowd),
  },
  {
    ...{
      number: '67',
      title: 'another X-Forwarded-For each time',
      sent: 'costly queries of one user, and wrong keys, under changing addresses',
    },
    safe: 'the limit holds as if there were no such header',
    trials: {
      http: async ({ deployment, credential }) => {
        const { url } = await deployment.service('tight');
        const headers = await credential();
        const statuses: (number | null)[] = [];
        for (let n = 0; n < 12; n++) {
          const answer = await post(
            url,
            { query: COSTLY },
            { ...headers, 'x-forwarded-for': `10.0.0.${n}`, 'x-real-ip': `10.0.1.${n}`, forwarded: `for=10.0.2.${n}` },
          );
          statuses.push(answer.status);
          if (answer.status === 429)
            return answer.headers['retry-after'] === undefined ? ['429 without retry-after'] : [];
        }
        return [`never limited: ${statuses.join()}`];
      },
    },
  },
];

/** Makes each row of a table cost the database a second, so that a page of 20 takes at least as many. */
async function slowed<T>({ deployment: { owner, admin } }: Scene, work: () => Promise<T>): Promise<T> {
  await owner.query('create policy slow on instrument for select to heliograph_app using (pg_sleep(1) is not null)');
  await owner.query('alter table instrument enable row level security');
  try {
    return await work();
  } finally {
    // A statement that nobody has cancelled holds the table, and would be in the way of every case after this one.
    await admin.query(`select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'`);
    await owner.query('alter table instrument disable row level security');
    await owner.query('drop policy slow on instrument');
  }
}

/** Well before the 4 s after which the service gives up any query, and the 20 s after which the statement would end by itself. */
const CANCELLED_MS = 1_000;

/** How many statements of the service sleep now. */
async function sleeping({ deployment }: Scene): Promise<number> {
  const sql = `select count(*) from pg_stat_activity where usename = 'heliograph_app' and state = 'active' and wait_event = 'PgSleep'`;
  return Number((await deployment.admin.query(sql)).rows[0]?.count);
}

async function until(isSo: () => Promise<boolean>, patienceMs: number): Promise<boolean> {
  for (const end = performance.now() + patienceMs; performance.now() < end; await sleep(20))
    if (await isSo()) return true;
  return false;
}

type Credential = { readonly authorization: string };

async function tooSlow(scene: Scene, ask: (headers: Credential) => Promise<Answer>): Promise<Faults> {
  const headers = await scene.credential();
  return slowed(scene, async () => {
    const begin = performance.now();
    const answer = await ask(headers);
    const took = performance.now() - begin;
    const over = await until(async () => (await sleeping(scene)) === 0, CANCELLED_MS);
    return [
      ...(codesOf(answer).join() === 'TIMEOUT'
        ? []
        : [`${codesOf(answer).join() || answer.text.slice(0, 60)}, expected TIMEOUT`]),
      ...(answer.status === null || answer.status < 500 ? [] : [`status ${answer.status}`]),
      ...(took <= 5_500 ? [] : [`answered after ${Math.round(took)} ms`]),
      ...(over ? [] : ['the statement goes on after 1 s']),
    ];
  });
}

/** Asks over a connection of its own; answers what closes it. */
function begin({ production }: Scene, { authorization }: Credential, accept: string): () => void {
  const { hostname, port } = new URL(production.url);
  const body = JSON.stringify({ query: SLOW });
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  const head = [
    ...['POST /graphql HTTP/1.1', 'host: a', 'content-type: application/json', `accept: ${accept}`],
    ...[`authorization: ${authorization}`, `content-length: ${body.length}`],
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  return () => socket.destroy();
}

/** `ask` begins a query and answers what makes its client go away. */
async function leaves(scene: Scene, ask: (headers: Credential) => Promise<() => void>): Promise<Faults> {
  const headers = await scene.credential();
  return slowed(scene, async () => {
    const leave = await ask(headers);
    const begun = await until(async () => (await sleeping(scene)) > 0, 5_000);
    leave();
    const over = await until(async () => (await sleeping(scene)) === 0, CANCELLED_MS);
    return [...(begun ? [] : ['no statement was begun']), ...(over ? [] : ['the statement goes on after 1 s'])];
  });
}
