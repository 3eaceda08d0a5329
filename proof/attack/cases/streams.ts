import { variables } from '../../../backend/settings.ts';
import type { Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import { leftOver } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import { type Headers, request } from '../wire/http.ts';
import { AttackStream } from '../wire/stream.ts';

const SUBSCRIPTION = 'subscription { signalEvents { __typename ... on StreamProblem { code } } }';
const accept = 'text/event-stream';
const asked = (url: string, query: string): string => `${url}?query=${encodeURIComponent(query)}`;

/** What a GET that takes events is answered to what is no subscription. */
export function noSubscriptions(...queries: readonly string[]) {
  return async ({ production, credential }: Scene): Promise<Faults> => {
    const headers = { ...(await credential()), accept };
    const faults: string[] = [];
    for (const query of queries) {
      const answer = await request({ url: asked(production.url, query), headers, transport: 'sse' });
      faults.push(...refusalFaults(answer, { statuses: [400, 405], sent: `GET POST ${query}` }));
    }
    return faults;
  };
}

/** What a page of somebody else can make a browser send: with an origin when it is to be told the answer, without one when it is not. */
export async function foreignPages({ production, credential }: Scene): Promise<Faults> {
  const { authorization } = await credential();
  const { host } = new URL(production.url);
  const url = asked(production.url, SUBSCRIPTION);
  const cookie = `__Host-heliograph=${authorization.slice('Bearer '.length)}`;
  const faults: string[] = [];
  for (const said of [
    ...['https://evil.example', 'null', `http://${host}.evil.example`, 'file://'].map((origin) => ({ origin })),
    { 'sec-fetch-site': 'cross-site' },
    { 'sec-fetch-site': 'same-site' },
  ] as Headers[]) {
    const answer = await request({ url, headers: { accept, cookie, ...said }, transport: 'sse' });
    const place = JSON.stringify(said);
    faults.push(
      ...refusalFaults(answer, { statuses: [403], codes: ['FORBIDDEN'], sent: '' }).map(
        (fault) => `${place}: ${fault}`,
      ),
    );
    if (answer.headers['access-control-allow-origin'] !== undefined) faults.push(`${place}: it may be read`);
  }
  const post = { method: 'POST', headers: { accept, cookie, 'content-type': 'application/json' } };
  const posted = await request({ ...post, url: production.url, transport: 'sse', body: '{"query":"{ __typename }"}' });
  return [...faults, ...refusalFaults(posted, { statuses: [401], codes: ['UNAUTHENTICATED'], sent: '' })];
}

export async function tokenInAddress({ production, credential }: Scene): Promise<Faults> {
  const token = (await credential()).authorization.slice('Bearer '.length);
  const url = `${asked(production.url, SUBSCRIPTION)}&access_token=${token}&token=${token}`;
  const answer = await request({ url, headers: { accept }, transport: 'sse' });
  return [
    ...refusalFaults(answer, { statuses: [401], codes: ['UNAUTHENTICATED'], sent: '' }),
    ...(production.output().includes(token) ? ['the token is in the log'] : []),
  ];
}

/** A stream under a credential that is taken away, or ends by itself: told why, and ended without being complete. */
export async function streamEndsWithin(
  { production }: Scene,
  headers: Headers,
  take: () => unknown,
  patienceMs: number,
): Promise<Faults> {
  using stream = await AttackStream.open(production.url, headers, JSON.stringify({ query: SUBSCRIPTION }));
  if (!(await stream.hears('StreamCheckpoint', 5_000))) return [`no stream: status ${stream.status}`];
  await take();
  return [
    ...((await stream.ends(patienceMs)) ? [] : [`it goes on after ${patienceMs} ms`]),
    ...(stream.text.includes('REAUTHENTICATE') ? [] : ['it was not told why']),
    ...(stream.text.includes('event: complete') ? ['it was completed'] : []),
  ];
}

export async function manyStreams({ production, credential }: Scene): Promise<Faults> {
  const most = variables.SUBSCRIPTIONS_PER_PRINCIPAL.default;
  const headers = await credential();
  const body = JSON.stringify({ query: SUBSCRIPTION });
  const streams = await Promise.all(
    Array.from({ length: most + 20 }, () => AttackStream.open(production.url, headers, body)),
  );
  const open = streams.filter(({ status }) => status === 200).length;
  const refused = streams.filter(({ status }) => status === 429).length;
  for (const stream of streams) stream[Symbol.dispose]();
  return open === most && refused === 20
    ? []
    : [`${open} streams of one user, ${refused} refused, expected ${most}, 20`];
}

const ROUNDS = 50;
const AT_ONCE = 20;

export async function openAndLeave({ deployment, credential }: Scene): Promise<Faults> {
  await using service = await deployment.start({});
  const headers = await credential();
  const body = JSON.stringify({ query: SUBSCRIPTION });
  for (let round = 0; round < ROUNDS; round++) {
    const streams = Array.from({ length: AT_ONCE }, () => AttackStream.open(service.url, headers, body));
    for (const stream of await Promise.all(streams)) stream[Symbol.dispose]();
  }
  const left = await leftOver(() => service.figures());
  return [
    ...(left === 0 ? [] : [`${left} subscriptions are left over`]),
    ...((await service.isAlive()) ? [] : ['the process did not outlive it']),
  ];
}
