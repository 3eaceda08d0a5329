import { CursorCodec } from '../../backend/log/cursor.ts';
import { type Random, randomOf } from '../../backend/platform/random.ts';
import type { Bug } from './bugs.ts';
import { Bus } from './bus.ts';
import { Client } from './client.ts';
import { inventEvent, inventFilter } from './invented.ts';
import type { Seen } from './seen.ts';
import { POLL_MS, Service } from './service.ts';
import { StoredLog } from './stored-log.ts';
import { violationsOf } from './verdict.ts';
import { VirtualTime } from './virtual-time.ts';
import type { Line } from './wire.ts';
import type { World } from './world.ts';

export type SeedResult = {
  readonly seed: number;
  readonly violations: readonly string[];
  readonly events: number;
  readonly connections: number;
  readonly faults: readonly string[];
  /** The most bytes that waited on a connection, and how many subscriptions were given up because their clients read so slowly. */
  readonly seen: Seen;
  /** Names all that was seen: the same for the same seed, always. */
  readonly trace: string;
};

const FAULTY_MS = 40_000;
/** Long enough for every client to come back and to be told where it is. */
const HEALING_MS = 30_000;
/** The last of it, in which nothing happens any more. */
const QUIET_MS = 10_000;
/** Each service looks once in a while; more is a loop that does not rest. */
const MOST_LOOKS = 2 * 2 * (QUIET_MS / POLL_MS);

/** One run: writers, two services, clients and faults, all out of one seed, in virtual time; then everything heals and is looked at. */
export async function runSeed(seed: number, bug: Bug | null = null): Promise<SeedResult> {
  const world = makeWorld(seed, bug);
  const { time, clients, services, log } = world;
  for (const client of clients) time.after(world.random.integer(0, 3_000), () => client.connect());
  write(world);
  disturb(world, bug);
  await time.run(FAULTY_MS);
  heal(world);
  await time.run(FAULTY_MS + HEALING_MS - QUIET_MS);
  const looks = log.looks;
  await time.run(FAULTY_MS + HEALING_MS);
  const violations = [...violationsOf(world), ...restlessness(log.looks - looks)];
  const trace = clients.map(({ received }) => received.map(({ epoch, seq }) => `${epoch}/${seq}`).join(' ')).join('\n');
  for (const service of services) if (service.isUp) void service.kill();
  await time.run(FAULTY_MS + HEALING_MS + 5_000);
  return {
    ...{ seed, violations, trace, faults: world.faults, seen: world.seen, events: log.acknowledged.length },
    connections: clients.reduce((sum, client) => sum + client.connections, 0),
  };
}

function restlessness(looks: number): string[] {
  return looks > MOST_LOOKS
    ? [`the log was looked at ${looks} times while nothing happened, expected at most ${MOST_LOOKS}`]
    : [];
}

function makeWorld(seed: number, bug: Bug | null): World {
  const random = randomOf(`simulation ${seed}`);
  const time = new VirtualTime(randomOf(`order ${seed}`));
  const bus = new Bus(time, random);
  const log = new StoredLog(time, random, { bug, onCommit: (seq) => bus.announce(seq) });
  const codec = new CursorCodec('a secret of the simulation');
  const padding = randomOf(`padding ${seed}`).chance(0.2) ? LARGE_BYTES : 0;
  const seen: Seen = { mostWaiting: 0, slow: 0 };
  const surroundings = { time, random, log, bus, codec, bug, padding, seen };
  const services = [new Service(surroundings), new Service(surroundings)];
  const dial = (): Service | null => {
    const up = services.filter(({ isUp }) => isUp);
    return up[random.integer(0, Math.max(1, up.length))] ?? null;
  };
  const clients = Array.from({ length: random.integer(2, 9) }, (_, index) => {
    const options = {
      name: `client ${index}`,
      filter: inventFilter(random),
      line: lineOf(random, padding),
      codec,
      bug,
      seen,
    };
    const from = random.chance(0.5) ? 'BEGINNING' : 'LIVE';
    return new Client(time, random, {
      ...{ ...options, dial, oldest: () => log.firstSeq, from },
      maxBatch: [1, 3, 50][random.integer(0, 3)] ?? 50,
    });
  });
  const faults: string[] = [];
  return { time, random, log, bus, services, clients, faults, padding, seen };
}

/** An event can be so large that a few of them are more than is sent to a client that has not taken what came before. */
const LARGE_BYTES = 8_000;

function lineOf(random: Random, padding: number): Line {
  const slow = (padding > 0 ? [20_000, 60_000] : [2_000, 20_000])[random.integer(0, 2)] ?? 20_000;
  return { latencyMs: random.integer(0, 40), bytesPerSecond: random.chance(0.2) ? slow : null, isStopped: false };
}

/** Several writers, in bursts and pauses. */
function write({ time, random, log }: World): void {
  let number = 0;
  const writer = async (): Promise<void> => {
    while (time.elapsed < FAULTY_MS) {
      await time.sleep(random.chance(0.1) ? random.integer(500, 6_000) : random.integer(0, 400));
      const bodies = Array.from({ length: random.chance(0.1) ? 40 : random.integer(1, 4) }, () => {
        number += 1;
        return inventEvent(random, number);
      });
      await log.append(bodies);
    }
  };
  for (let index = random.integer(1, 4); index > 0; index -= 1) void writer();
}

type Fault = (world: World, bug: Bug | null) => Promise<string> | string;

const FAULTS: readonly Fault[] = [
  ({ random, clients }) => {
    const client = clients[random.integer(0, clients.length)];
    const ms = random.chance(0.2) ? random.integer(5_000, 15_000) : random.integer(0, 3_000);
    client?.goAway(ms);
    return `${client?.options.name} away for ${ms} ms`;
  },
  async ({ random, time, log }) => {
    const ms = random.integer(100, 6_000);
    log.isAway = true;
    await time.sleep(ms);
    log.isAway = false;
    return `database away for ${ms} ms`;
  },
  async ({ random, time, bus }) => {
    const ms = random.integer(500, 8_000);
    bus.isDown = true;
    await time.sleep(ms);
    bus.isDown = false;
    return `no wake-ups for ${ms} ms`;
  },
  async (world, bug) => {
    await replaceService(world, bug, (service) => service.kill());
    return 'service killed';
  },
  async (world, bug) => {
    await replaceService(world, bug, (service) => service.drain());
    return 'service drained';
  },
  async ({ random, time, log }) => {
    const lost = random.integer(0, 30);
    log.isAway = true;
    await time.sleep(random.integer(200, 3_000));
    log.restore(lost);
    await time.sleep(random.integer(600, 3_000));
    log.isAway = false;
    return `restored, ${lost} events lost`;
  },
  ({ random, clients }) => {
    const client = clients[random.integer(0, clients.length)];
    const ms = random.integer(1_000, 35_000);
    client?.stopReading(ms);
    return `${client?.options.name} reads nothing for ${ms} ms`;
  },
  async ({ random, time, log }) => {
    const ms = random.integer(500, 15_000);
    log.isHanging = true;
    await time.sleep(ms);
    log.isHanging = false;
    return `database hung for ${ms} ms`;
  },
  ({ random, log }) => {
    const kept = random.integer(20, 200);
    log.drop(kept);
    return `dropped all but ${kept} events`;
  },
];

/** Faults one after the other, with pauses. */
function disturb(world: World, bug: Bug | null): void {
  const { time, random, faults } = world;
  const disturber = async (): Promise<void> => {
    const calm = random.integer(200, 8_000);
    for (;;) {
      await time.sleep(random.integer(0, calm));
      if (time.elapsed > FAULTY_MS - 9_000) return;
      const at = Math.round(time.elapsed);
      faults.push(`${at} ms: ${await FAULTS[random.integer(0, FAULTS.length)]?.(world, bug)}`);
    }
  };
  if (!random.chance(0.05)) void disturber();
}

/** A process ends, and after a while there is another one. */
async function replaceService(world: World, bug: Bug | null, end: (service: Service) => Promise<void>): Promise<void> {
  const { services, random, time, log, bus, clients, padding, seen } = world;
  const up = services.filter(({ isUp }) => isUp);
  const service = up[random.integer(0, Math.max(1, up.length))];
  if (service === undefined) return;
  await end(service);
  await time.sleep(random.integer(0, 2_000));
  const codec = clients[0]?.options.codec;
  if (codec === undefined) return;
  services.splice(services.indexOf(service), 1, new Service({ time, random, log, bus, codec, bug, padding, seen }));
}

function heal({ log, bus, clients }: World): void {
  for (const { options } of clients) Object.assign(options.line, { bytesPerSecond: null, isStopped: false });
  log.isAway = false;
  log.isHanging = false;
  bus.isDown = false;
}
