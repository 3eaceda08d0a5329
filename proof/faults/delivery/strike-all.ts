import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { makeBase } from '../../common/folder.ts';
import { Machine } from '../../common/machine/machine.ts';
import { commitOf } from './commit.ts';
import { SmallDisk } from './disk.ts';
import type { Fault } from './fault.ts';
import { makeSoil, type Soil } from './ground.ts';
import { Journal } from './journal.ts';
import { Lane } from './lane.ts';
import { faults, missingFor } from './list.ts';
import { counts, line, outcomeOf, type Row, resultsPage } from './report.ts';
import { type Versions, versionsOf } from './versions.ts';
import { type Pace, World } from './world.ts';

export type Arguments = {
  readonly only: readonly string[];
  readonly seeds: number;
  readonly first: number;
  readonly scale: number;
  readonly jobs: number;
  readonly journal: string | null;
  readonly anyCommit: boolean;
  readonly writeResults: boolean;
  readonly keep: boolean;
};

/** A fault that takes longer hangs. */
const LIMIT_SECONDS = 300;

type Write = (line: string) => void;
type Work = { readonly fault: Fault; readonly seed: number };
type Surroundings = {
  readonly base: string;
  readonly soil: Soil;
  readonly pace: Pace;
  readonly stop: AbortSignal;
  readonly machine: Machine;
  readonly commit: string;
};

/** Strikes all that is asked for, a seed after the other, on several lanes. Whether all that ran passed. */
export async function strikeAll(given: Arguments, write: Write, stop: AbortSignal): Promise<boolean> {
  const begun = performance.now();
  const commit = commitOf();
  const journal = new Journal({ path: given.journal, commit, anyCommit: given.anyCommit });
  const base = makeBase();
  using machine = new Machine(base);
  const pace: Pace = { scale: given.scale, heartbeatMs: given.scale === 1 ? 5_000 : 1_000 };
  write(
    `idle waits times ${pace.scale}, a heartbeat each ${pace.heartbeatMs} ms, ${given.jobs} lanes, commit ${commit}, in ${base}`,
  );
  const took = (): string => `${((performance.now() - begun) / 60_000).toFixed(1)} min`;
  let versions: Versions | null = null;
  const work = workOf(given, journal);
  const all = journal.rows.filter(({ id, seed }) => journal.has(id, seed)).length + work.length;
  const tell = async (row: Row): Promise<void> => {
    journal.add(row);
    write(`${line(row)}\n         ${journal.rows.length} of ${all} in ${took()}`);
    await save();
  };
  const save = async (): Promise<void> => {
    const facts = { took: took(), struck: `${journal.rows.length} of ${all}` };
    if (given.writeResults && versions !== null) await writeResults(given, journal.rows, { ...facts, versions });
  };
  for (const id of new Set(given.only)) {
    const missing = missingFor(id);
    if (missing !== null) await tell(notStruck(id, missing, commit));
  }
  try {
    const surroundings = { base, pace, stop, machine, commit, soil: await makeSoil(join(base, 'soil')) };
    versions = versionsOf(surroundings.soil);
    const lane = async (number: number): Promise<void> => {
      await using own = await Lane.open(surroundings.soil, join(base, `lane-${number}`));
      for (let next = work.shift(); next !== undefined && !stop.aborted; next = work.shift())
        await strikeOnce(next, own, surroundings).then((row) => (stop.aborted ? undefined : tell(row)));
    };
    const lanes = await Promise.allSettled(Array.from({ length: given.jobs }, (_, index) => lane(index + 1)));
    for (const { reason } of lanes.filter((one) => one.status === 'rejected')) if (!stop.aborted) throw reason;
    await save();
  } finally {
    const failed = journal.rows.some((row) => outcomeOf(row) === 'FAILED');
    if (!given.keep && !failed) await rm(base, { recursive: true, force: true, maxRetries: 10 });
  }
  write(`\n${took()}\n${counts(journal.rows)}`);
  return !stop.aborted && journal.rows.every((row) => outcomeOf(row) !== 'FAILED');
}

/** Seed after seed, so that a run that is cut has struck all faults. */
function workOf({ only, seeds, first }: Arguments, journal: Journal): Work[] {
  const wanted = faults.filter(({ id }) => only.includes(id) && missingFor(id) === null);
  const all = Array.from({ length: seeds }, (_, index) =>
    wanted.map((fault) => ({ fault, seed: first + index })),
  ).flat();
  return all.filter(({ fault, seed }) => !journal.has(fault.id, seed));
}

async function strikeOnce({ fault, seed }: Work, lane: Lane, surroundings: Surroundings): Promise<Row> {
  if (fault.diskMiB === undefined) return strikeOn({ fault, seed }, lane, { ...surroundings, disk: null });
  const { base, soil } = surroundings;
  const folder = join(base, `${fault.id}-${seed}`);
  const disk = SmallDisk.mount(`${folder}-disk`, fault.diskMiB);
  try {
    await using small = await Lane.open(soil, folder, disk.folder);
    return await strikeOn({ fault, seed }, small, { ...surroundings, disk });
  } finally {
    disk.unmount();
  }
}

async function strikeOn(
  { fault, seed }: Work,
  lane: Lane,
  { pace, stop, disk, machine, commit }: Surroundings & { readonly disk: SmallDisk | null },
): Promise<Row> {
  const begun = performance.now();
  const limit = AbortSignal.timeout((LIMIT_SECONDS + 1_300 * pace.scale) * 1_000);
  const signal = AbortSignal.any([stop, limit]);
  const { id, title, isAlone = false } = fault;
  const promise = pace.scale < 1 && fault.scaled !== undefined ? fault.scaled : fault.promise;
  const world = await World.open({ name: `${id}-${seed}`, lane, isAlone, seed, pace, signal, stop, disk, machine });
  try {
    await Promise.race([fault.strike(world).then(() => world.settle()), aborted(signal)]);
  } catch (error) {
    world.faults.push(error instanceof Error ? error.message : String(error));
  }
  const all = [...world.followers, ...world.gone];
  const states = Object.groupBy(
    all.flatMap((follower) => follower.told()),
    ({ state }) => state,
  );
  const row = {
    ...{ id, title, promise, seed, commit, notRun: null },
    sent: world.sent(),
    arrived: all.reduce((sum, follower) => sum + follower.heard().length, 0),
    told: Object.fromEntries(Object.entries(states).map(([state, some]) => [state, some?.length ?? 0])),
    notes: world.notes,
    faults: world.faults,
    unjudged: world.unjudged,
    seconds: (performance.now() - begun) / 1_000,
  };
  await world.close(world.faults.length === 0);
  return row;
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = (): void => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

function notStruck(id: string, why: string, commit: string): Row {
  const nothing = { sent: 0, arrived: 0, told: {}, notes: [], faults: [], unjudged: [], seconds: 0 };
  return { id, title: '', promise: '', seed: 0, ...nothing, notRun: why, commit };
}

type Facts = { readonly took: string; readonly struck: string; readonly versions: Versions };

async function writeResults(given: Arguments, rows: readonly Row[], { took, struck, versions }: Facts): Promise<void> {
  const pace = given.scale === 1 ? '--full' : `--scale ${given.scale}`;
  const facts = {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}, PostgreSQL ${versions.postgres}, ${versions.redis}`,
    Command: `npm run faults -- delivery --seeds ${given.seeds} --first ${given.first} ${pace} --jobs ${given.jobs}`,
    Took: `${minutesOf(rows)} min of strikes, in parts beside each other; ${took} since the run was last begun, on ${availableParallelism()} cores`,
    Struck: struck,
    Commit: [...new Set(rows.map((row) => row.commit))].join('; '),
  };
  const name = given.scale === 1 ? 'RESULTS-FULL.md' : 'RESULTS.md';
  await writeFile(join(import.meta.dirname, name), resultsPage(facts, rows));
}

function minutesOf(rows: readonly Row[]): string {
  return (rows.reduce((sum, { seconds }) => sum + seconds, 0) / 60).toFixed(0);
}
