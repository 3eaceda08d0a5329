import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../../backend/testing/ports.ts';
import { COLLECT, runInside } from '../../common/inspector.ts';
import type { Faults } from '../attack.ts';
import { type Figures, sumOf } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import { writePast } from '../scene/signals.ts';
import type { ServiceProcess } from '../scene/target.ts';
import { dataOf } from '../wire/answer.ts';
import { type Heard, type Pace, SlowClients } from '../wire/slow-client.ts';
import { AttackSocket } from '../wire/websocket.ts';

/** Each subscription of it is some 800 kB: with fifty of them on a socket, more than any kernel keeps. */
const EVENTS = 2_500;
const PAST = `subscription ($after: Cursor) { signalEvents(after: $after, from: BEGINNING, maxBatch: 500) { __typename
  ... on SignalEventBatch { events { seq hash prevHash occurredAt type signal { id dedupKey } } cursor } ... on StreamProblem { code } } }`;
const LIVE = 'subscription { signalEvents { __typename } }';
const TIMES = 50;
const SOCKETS = 8;
const MOST_MB_EACH = 2;
/** Longer than the service waits for anybody. */
const PATIENCE_MS = 45_000;
/** Longer than the service leaves the connection of somebody who was told. */
const GOING_MS = 8_000;
const MB = 1_048_576;

const KINDS = {
  'reads nothing': 'nothing',
  'reads 1 kB a second': 'trickle',
  'is a stopped process': 'reads',
} as const satisfies Readonly<Record<string, Pace>>;

export async function slowReaders(scene: Scene): Promise<Faults> {
  const { deployment, credential } = scene;
  await deployment.signals();
  await writePast(deployment, EVENTS);
  const inspector = await freePort();
  await using service = await deployment.start({
    ...{ SUBSCRIPTION_CHECKPOINT_MS: '100', OVERLOAD_DELAY_MS: '10000' },
    NODE_OPTIONS: `--inspect-port=127.0.0.1:${inspector}`,
  });
  const size = (): Promise<number> => heldBy(service, inspector);
  using other = await AttackSocket.authenticated(service.webSocketUrl, await credential());
  await other.ask('1', { query: LIVE });
  // Clients that read come first: what the process needs for its work is nothing that waits.
  await goodReaders(scene, service);
  const faults: string[] = [];
  for (const [what, pace] of Object.entries(KINDS)) {
    const heard = other.heard.length;
    faults.push(...(await slowKind({ scene, service, size }, what, pace)));
    if (other.heard.length <= heard + 10) faults.push(`another subscriber hears nothing while one ${what}`);
  }
  return faults;
}

type Attacked = { readonly scene: Scene; readonly service: ServiceProcess; readonly size: () => Promise<number> };

/** Until the service gives up the first of them; then they read on. */
async function slowKind({ scene, service, size }: Attacked, what: string, pace: Pace): Promise<Faults> {
  const before = await size();
  using clients = await startClients(scene, service, pace, TIMES);
  await sleep(1_000);
  if (pace === 'reads') clients.freeze();
  const largest = await untilTooSlow(service, size);
  clients.goOn();
  const each = (largest - before) / SOCKETS;
  scene.tell(`who ${what}: ${each.toFixed(2)} MB for each of ${SOCKETS} sockets at the most`);
  return [
    ...(each <= MOST_MB_EACH ? [] : [`who ${what}: ${each.toFixed(2)} MB, expected at most ${MOST_MB_EACH}`]),
    ...(await farewells(scene, service, what, clients)),
  ];
}

async function startClients(
  { credential }: Scene,
  { webSocketUrl: url }: ServiceProcess,
  pace: Pace,
  times: number,
): Promise<SlowClients> {
  const credentials = await Promise.all(Array.from({ length: SOCKETS }, () => credential()));
  return SlowClients.start({ url, credentials, times, query: PAST, pace });
}

/** As many sockets as are slow later, which ask for as much and take all of it. */
async function goodReaders(scene: Scene, service: ServiceProcess): Promise<void> {
  using clients = await startClients(scene, service, 'reads', TIMES);
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(200))
    if ((await clients.heard()).every(({ seq }) => seq > EVENTS)) break;
  await sleep(GOING_MS);
}

/** The most that it holds in MB until it gives up the first of those who read too slowly, or long after it should have. */
async function untilTooSlow(service: ServiceProcess, size: () => Promise<number>): Promise<number> {
  const slowIn = (figures: Figures): number =>
    sumOf(figures, 'graphql_subscription_events_total', { result: 'slow_consumer' });
  const before = slowIn(await service.figures());
  let largest = 0;
  let most = 0;
  for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(200)) {
    const figures = await service.figures();
    largest = Math.max(largest, await size());
    const open = sumOf(figures, 'graphql_subscriptions_active');
    if (slowIn(figures) > before || open < most) break;
    most = Math.max(most, open);
  }
  return largest;
}

/** What it holds of its heap and beside it when all is collected that nobody uses any more, MB. */
async function heldBy(service: ServiceProcess, inspector: number): Promise<number> {
  await runInside(service.pid, inspector, COLLECT);
  const figures = await service.figures();
  return (sumOf(figures, 'nodejs_heap_size_used_bytes') + sumOf(figures, 'nodejs_external_memory_bytes')) / MB;
}

/** Who was given up has to hear so once it reads on; who was not yet may catch up. */
async function farewells(scene: Scene, service: ServiceProcess, what: string, clients: SlowClients): Promise<Faults> {
  await sleep(GOING_MS);
  const heard = await clients.heard();
  const given = heard.filter(({ hasEnded, closed }) => hasEnded || closed !== null);
  scene.tell(`who ${what}: ${given.length} of ${SOCKETS} were given up`);
  const faults = given.flatMap(({ problem, closed }) =>
    problem === 'CONSUMER_TOO_SLOW' && closed === 1013
      ? []
      : [`who ${what} was told ${problem} and closed with ${closed}, expected CONSUMER_TOO_SLOW, 1013`],
  );
  const [one = heard[0]] = given;
  if (one !== undefined) faults.push(...(await comesBack(scene, service, what, one)));
  return [...new Set(faults), ...(given.length > 0 ? [] : [`who ${what} was never too slow, so nothing was tried`])];
}

async function comesBack({ credential }: Scene, service: ServiceProcess, what: string, heard: Heard): Promise<Faults> {
  // Who has had nothing whole yet begins anew.
  if (heard.cursor === null) return [];
  using socket = await AttackSocket.authenticated(service.webSocketUrl, await credential());
  const answer = await socket.ask('1', { query: PAST, variables: { after: heard.cursor } });
  const item = dataOf(answer)?.['signalEvents'] as { readonly events?: readonly { seq: number }[] } | undefined;
  const next = item?.events?.[0]?.seq ?? null;
  // Who has caught up in the meantime hears of nothing new.
  if (next === null ? heard.seq > EVENTS : next === heard.seq + 1) return [];
  return [`who ${what} goes on with ${next} after ${heard.seq}`];
}
