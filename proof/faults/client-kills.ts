import { statSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, randomOf } from '../../backend/platform/random.ts';
import { inventBars, speedFor } from '../common/bars.ts';
import { type Running, until } from '../common/running.ts';
import type { Scene } from '../common/scene.ts';
import { readStored } from './stored.ts';
import { DONE, type Result, type Scenario, SERVES, startRun, type Trial } from './trial.ts';
import { deliveryFaults, type SeenEvent, type Stored, unequal } from './verdict.ts';

/** Each has a database of its own. */
const LANES = 2;
/** Busy enough that a client finds something new each time that it comes back. */
const INVENTION = { sessions: 14, symbols: 8 } as const;
const SETTINGS = { SIGNAL_TOP_QUANTILE: '0.5' } as const;
/** How long the stream goes on, for each kill. */
const SECONDS_A_KILL = 0.17;
/** A client that hears nothing for so long is killed while it waits. ms */
const SILENCE_MS = 1_000;
const AFTERWARDS_MS = 1_500;
const PROGRESS_EVERY = 100;

/** The ways to die. */
const DEATHS = ['before it was connected', 'after a commit', 'inside a transaction', 'while it waited'] as const;
type Death = (typeof DEATHS)[number];

/** The example client, killed at any moment of its life while the stream goes on, and always started again on the same database. */
export function clientKills(seed: number, kills: number): Scenario {
  return {
    point: 'example client',
    target: 'client',
    detail: `${kills} kills, ${LANES} databases`,
    limitSeconds: 120 + kills * 1.2,
    run: (scene, trial) => run(scene, trial, seed, kills),
  };
}

async function run(scene: Scene, trial: Trial, seed: number, kills: number): Promise<Result> {
  const bars = await inventBars(join(scene.folder, 'busy.csv'), { seed, ...INVENTION });
  const common = { bars, settings: SETTINGS };
  const speed = speedFor(bars, 5 + kills * SECONDS_A_KILL);
  const paced = startRun(scene, { ...common, log: 'paced', speed, exit: false });
  await paced.says(SERVES, scene.signal);

  const work = new Work(kills, trial.write);
  const lanes = Array.from({ length: LANES }, (_, lane) => `lane-${lane + 1}`);
  await Promise.all(lanes.map((lane) => killClients(scene, lane, work, randomOf(`faults ${seed} clients ${lane}`))));
  paced.kill('SIGTERM');
  const pacedEnd = await paced.ended(scene.signal);

  // What is left of the file comes at once; then the clients may take the rest in peace.
  const rest = startRun(scene, { ...common, log: 'rest', speed: 'max', exit: true });
  const restEnd = await rest.ended(scene.signal);
  const stored = await readStored(scene.data);
  const service = startRun(scene, { ...common, log: 'last', speed: 'max', exit: false });
  await service.says(SERVES, scene.signal);
  const faults = await Promise.all(lanes.map((lane) => finish(scene, lane, stored)));
  service.kill('SIGTERM');
  return {
    struck: DEATHS.map((death) => `${work.deaths.get(death) ?? 0} ${death}`).join(', '),
    restarts: kills,
    events: stored.events.length,
    sameSha256: null,
    faults: [
      ...unequal('the service, told to stop', DONE, pacedEnd),
      ...unequal('the rest', DONE, restEnd),
      ...unequal('the service, told to stop again', DONE, await service.ended(scene.signal)),
      ...faults.flat(),
    ],
  };
}

/** The kills that are left, which the lanes share. */
class Work {
  readonly deaths = new Map<Death, number>();
  readonly #kills: number;
  readonly #write: (line: string) => void;
  readonly #begun = performance.now();
  #taken = 0;

  constructor(kills: number, write: (line: string) => void) {
    this.#kills = kills;
    this.#write = write;
  }

  take(): boolean {
    if (this.#taken === this.#kills) return false;
    this.#taken += 1;
    if (this.#taken % PROGRESS_EVERY === 0) {
      const seconds = ((performance.now() - this.#begun) / 1_000).toFixed(0);
      this.#write(`  client kill ${this.#taken} of ${this.#kills}, ${seconds} s`);
    }
    return true;
  }

  died(death: Death): void {
    this.deaths.set(death, (this.deaths.get(death) ?? 0) + 1);
  }
}

async function killClients(scene: Scene, lane: string, work: Work, random: Random): Promise<void> {
  while (work.take()) {
    const draw = random.uniform();
    if (draw < 0.25) work.died(await killEarly(scene, lane, random));
    else if (draw < 0.6) work.died(await killAfterCommit(scene, lane, random));
    else work.died(await killInside(scene, lane, random));
  }
}

async function killEarly(scene: Scene, lane: string, random: Random): Promise<Death> {
  const client = startClient(scene, lane);
  await sleep(random.integer(0, 150), undefined, { signal: scene.signal });
  await kill(scene, client);
  return 'before it was connected';
}

async function killAfterCommit(scene: Scene, lane: string, random: Random): Promise<Death> {
  const before = saidIn(scene, lane);
  const client = startClient(scene, lane);
  const heard = await within(SILENCE_MS, scene.signal, () => saidIn(scene, lane) > before || client.end !== null);
  await sleep(random.integer(0, 40), undefined, { signal: scene.signal });
  await kill(scene, client);
  return heard ? 'after a commit' : 'while it waited';
}

async function killInside(scene: Scene, lane: string, random: Random): Promise<Death> {
  const client = startClient(scene, lane, '--crash-after', String(random.integer(1, 8)));
  const crashed = await within(SILENCE_MS, scene.signal, () => client.end !== null);
  await kill(scene, client);
  return crashed ? 'inside a transaction' : 'while it waited';
}

function startClient(scene: Scene, lane: string, ...more: string[]): Running {
  const args = [
    'client/examples/exactly-once.ts',
    '--url',
    scene.url,
    '--db',
    databaseOf(scene, lane),
    '--from',
    'beginning',
  ];
  // Compiled once, not a thousand times.
  const env = { NODE_COMPILE_CACHE: join(scene.folder, 'compiled') };
  return scene.node(lane, ['--disable-warning=ExperimentalWarning', ...args, ...more], env);
}

/** Whoever ends in another way than by a kill has found an effect that was there already, or cannot go on. */
async function kill(scene: Scene, client: Running): Promise<void> {
  client.kill('SIGKILL');
  const ended = await client.ended(scene.signal);
  if (ended !== 'SIGKILL') throw new Error(`a client ended by itself: ${ended}\n${client.errors()}`);
}

async function within(ms: number, signal: AbortSignal, isSo: () => boolean): Promise<boolean> {
  for (const deadline = performance.now() + ms; performance.now() < deadline; await sleep(5, undefined, { signal }))
    if (isSo()) return true;
  return isSo();
}

/** Bytes that the clients of a lane have said. */
function saidIn(scene: Scene, lane: string): number {
  return statSync(join(scene.folder, `${lane}.out`), { throwIfNoEntry: false })?.size ?? 0;
}

function databaseOf(scene: Scene, lane: string): string {
  return join(scene.folder, `${lane}.sqlite`);
}

/** Lets a client take all that is left, and holds its effects against the log. */
async function finish(scene: Scene, lane: string, { events }: Stored): Promise<string[]> {
  const client = startClient(scene, lane);
  const isThere = async (): Promise<boolean> => {
    await sleep(100, undefined, { signal: scene.signal });
    return client.end !== null || (lastEffect(scene, lane) ?? 0) >= events.length;
  };
  await until(`the last effect of ${lane}`, isThere, { signal: scene.signal, seconds: 60 });
  // What is applied twice comes late.
  await sleep(AFTERWARDS_MS, undefined, { signal: scene.signal });
  await kill(scene, client);
  return deliveryFaults(effectsOf(scene, lane), events).map((fault) => `${lane}: ${fault}`);
}

function openEffects(scene: Scene, lane: string): DatabaseSync {
  return new DatabaseSync(databaseOf(scene, lane), { readOnly: true, timeout: 5_000 });
}

function lastEffect(scene: Scene, lane: string): number | null {
  using database = openEffects(scene, lane);
  const row = database.prepare('select max(seq) as seq from effects').get();
  return typeof row?.['seq'] === 'number' ? row['seq'] : null;
}

/** In the order in which they were committed. */
function effectsOf(scene: Scene, lane: string): SeenEvent[] {
  using database = openEffects(scene, lane);
  const rows = database.prepare('select seq, event from effects order by rowid').all();
  return rows.map((row) => {
    const { type } = JSON.parse(String(row['event'])) as { type: string };
    return { seq: Number(row['seq']), type };
  });
}
