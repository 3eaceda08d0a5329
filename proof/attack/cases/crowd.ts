import type { Faults } from '../attack.ts';
import { Prober } from '../scene/prober.ts';
import type { Scene } from '../scene/scene.ts';
import type { ServiceProcess } from '../scene/target.ts';
import { type Answer, codesOf, type Transport } from '../wire/answer.ts';
import { post, postForEvents } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';

/** Some 19,000 values, just what one operation may ask for. */
export const COSTLY =
  'query C { bars(instrument: "ins_none", first: 1000) { nodes { open high low close volume barStart barEnd knownTime segment provenance complete revision adjustment priceScale } pageInfo { endCursor } } }';

const CROWD = 1_000;
/** So many at once say who they are: more would be refused for not having said it yet. */
const BATCH = 100;

/** So often the crowd comes: once, it may meet a machine that is busy with something else. */
const ROUNDS = 3;
const LIMIT_MS = 100;

/** The probes that decide over the life of a pod meanwhile, where they are sent to; those of the port of the crowd stand beside them. */
export async function crowd(scene: Scene, transport: Transport): Promise<Faults> {
  await using service = await scene.deployment.start({});
  const rounds: Round[] = [];
  for (let round = 0; round < ROUNDS; round += 1) rounds.push(await come(scene, service, transport));
  const [p99, ofPublic] = [median(rounds.map(({ own }) => own)), median(rounds.map(({ shared }) => shared))];
  scene.tell(
    `probes took ${Math.round(p99)} ms, on the port of the crowd ${Math.round(ofPublic)} ms (the slowest hundredth, median of ${ROUNDS})`,
  );
  return [
    ...new Set(rounds.flatMap(({ faults }) => faults)),
    ...(p99 <= LIMIT_MS ? [] : [`probes took ${Math.round(p99)} ms (the slowest hundredth, median of ${ROUNDS})`]),
    ...((await service.isAlive()) ? [] : ['the process did not outlive it']),
  ];
}

/** What was wrong, and how long probes took, on the port that is theirs and on that of the crowd. ms */
type Round = { readonly faults: Faults; readonly own: number; readonly shared: number };

/** Each of them is another user, so that nobody is turned away for asking too much alone. */
async function come({ credential }: Scene, service: ServiceProcess, transport: Transport): Promise<Round> {
  const users = await Promise.all(Array.from({ length: CROWD }, () => credential()));
  const sockets = transport === 'websocket' ? await openSockets(service.webSocketUrl, users) : [];
  const asking =
    transport === 'websocket'
      ? sockets.map((socket) => () => socket.ask('1', { query: COSTLY }, 30_000))
      : users.map((user) => () => (transport === 'sse' ? postForEvents : post)(service.url, { query: COSTLY }, user));
  await post(service.url, { query: '{ __typename }' }, users[0]);
  using own = await Prober.start(`${service.internalUrl}/livez`);
  using shared = await Prober.start(`${service.publicUrl}/livez`);
  const answers = await Promise.all(asking.map((ask) => ask().catch(() => null)));
  const delays = { own: slowest(await own.stop()), shared: slowest(await shared.stop()) };
  for (const socket of sockets) socket[Symbol.dispose]();
  const odd = new Set(answers.flatMap(oddIn));
  const bare = answers.filter(
    (answer) => [429, 503].includes(answer?.status ?? 0) && answer?.headers['retry-after'] === undefined,
  );
  const faults = [
    ...(odd.size === 0 ? [] : [`answers ${[...odd].join(', ')}`]),
    ...(bare.length === 0 ? [] : [`${bare.length} were shed without retry-after`]),
  ];
  return { faults, ...delays };
}

function slowest(delays: readonly number[]): number {
  return delays.toSorted((a, b) => a - b)[Math.floor(delays.length * 0.99)] ?? 60_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 60_000;
}

const SHED = ['RATE_LIMITED', 'UNAVAILABLE', 'TIMEOUT'];

/** What is neither an answer nor a refusal of what is too much. */
function oddIn(answer: Answer | null): string[] {
  if (answer === null) return ['nothing'];
  const { status, socket } = answer;
  const isOdd =
    socket === null ? ![200, 429, 503].includes(status ?? 0) : !['next', 'error'].includes(socket.type ?? '');
  const codes = codesOf(answer).filter((code) => !SHED.includes(code));
  return isOdd ? [`${status ?? socket?.type ?? 'nothing'}`] : codes;
}

async function openSockets(url: string, users: readonly { readonly authorization: string }[]): Promise<AttackSocket[]> {
  const sockets: AttackSocket[] = [];
  for (let at = 0; at < users.length; at += BATCH) {
    const batch = users.slice(at, at + BATCH).map((user) => AttackSocket.authenticated(url, user));
    sockets.push(...(await Promise.all(batch)));
  }
  return sockets;
}
