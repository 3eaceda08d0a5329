import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { InvalidInput, UserError } from '../../../backend/platform/errors.ts';
import { makeBase } from '../scene.ts';
import { whole } from '../whole.ts';
import type { Fault } from './fault.ts';
import { Ground } from './ground.ts';
import { faults, missingFor, notRun } from './list.ts';
import { counts, line, outcomeOf, type Row, resultsPage } from './report.ts';
import { type Pace, World } from './world.ts';

const KNOWN = [...faults.map(({ id }) => id), ...Object.keys(notRun)].sort();
/** A fault that takes longer hangs. */
const LIMIT_SECONDS = 400;

const HELP = `Strikes delivery with the faults of production: a real PostgreSQL, real processes of role api, real clients in processes of their own, ways of
TCP between them that can be cut, slowed, swallowed and reset, kill -9, SIGSTOP. A writer appends events; what it was acknowledged is held
against what the callback of each client saw: nothing lost, doubled or out of order, and every long silence told.

Usage: npm run faults -- delivery [options]

  --only A,B       only these: ${KNOWN.join(', ')}
  --seeds N        how often each is struck (default 1)
  --first N        the first seed (default 1)
  --scale F        times the stated idle waits (default 0.05); heartbeats are 1 s instead of 5 below 1
  --full           --scale 1: the stated waits and heartbeats
  --write-results  write proof/faults/delivery/RESULTS.md
  --help           this text

Exit code: 0 all that ran passed, 1 one failed, 2 a wrong argument.`;

type Write = (line: string) => void;
type Arguments = { only: readonly string[]; seeds: number; first: number; scale: number; writeResults: boolean };

const options = {
  only: { type: 'string' },
  seeds: { type: 'string' },
  first: { type: 'string' },
  scale: { type: 'string' },
  full: { type: 'boolean' },
  'write-results': { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

/** Everything after `delivery`; answers the exit code. */
export async function strikeDelivery(args: readonly string[], write: Write, stop: AbortSignal): Promise<0 | 1 | 2> {
  try {
    const given = parse(args);
    if (given === 'help') {
      write(HELP);
      return 0;
    }
    return (await strikeAll(given, write, stop)) ? 0 : 1;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    write(error.message);
    return 2;
  }
}

function parse(args: readonly string[]): Arguments | 'help' {
  const { values, positionals } = readOptions(args);
  if (values.help === true) return 'help';
  if (positionals[0] !== undefined)
    throw new InvalidInput('An argument', positionals[0], 'nothing after delivery but options');
  const only = values.only?.split(',') ?? KNOWN;
  const unknown = only.find((id) => !KNOWN.includes(id));
  if (unknown !== undefined) throw new InvalidInput('--only', unknown, `names out of ${KNOWN.join(', ')}`);
  const scale = values.full === true ? 1 : Number(values.scale ?? '0.05');
  if (!(scale > 0 && scale <= 1)) throw new InvalidInput('--scale', values.scale, 'a number above 0, at most 1');
  return {
    ...{ only, scale },
    seeds: whole('--seeds', values.seeds, { from: 1, to: 10_000, otherwise: 1 }),
    first: whole('--first', values.first, { from: 0, to: 2 ** 31, otherwise: 1 }),
    writeResults: values['write-results'] === true,
  };
}

function readOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UserError('BAD_ARGUMENT', error instanceof Error ? error.message : String(error));
  }
}

async function strikeAll(given: Arguments, write: Write, stop: AbortSignal): Promise<boolean> {
  const begun = performance.now();
  const base = makeBase();
  const pace: Pace = { scale: given.scale, heartbeatMs: given.scale === 1 ? 5_000 : 1_000 };
  write(`idle waits times ${pace.scale}, a heartbeat each ${pace.heartbeatMs} ms, in ${base}`);
  const rows: Row[] = [];
  const tell = (row: Row): void => {
    rows.push(row);
    write(line(row));
  };
  try {
    await using ground = await Ground.open(base);
    for (const id of given.only) {
      const fault = faults.find((one) => one.id === id);
      const missing = fault === undefined ? notRun[id] : missingFor(fault);
      if (fault === undefined || typeof missing === 'string') tell(notStruck(id, missing ?? ''));
      else
        for (let seed = given.first; seed < given.first + given.seeds && !stop.aborted; seed += 1)
          tell(await strikeOnce(fault, seed, { ground, base, pace, stop }));
    }
  } finally {
    if (rows.every((row) => outcomeOf(row) !== 'FAILED')) await rm(base, { recursive: true, force: true });
  }
  const minutes = `${((performance.now() - begun) / 60_000).toFixed(1)} min`;
  if (given.writeResults) await writeResults(given, rows, minutes);
  write(`\n${minutes}\n${counts(rows)}`);
  return rows.every((row) => outcomeOf(row) !== 'FAILED');
}

type Surroundings = { readonly ground: Ground; readonly base: string; readonly pace: Pace; readonly stop: AbortSignal };

async function strikeOnce(fault: Fault, seed: number, { ground, base, pace, stop }: Surroundings): Promise<Row> {
  const begun = performance.now();
  const limit = AbortSignal.timeout((LIMIT_SECONDS + 700 * pace.scale) * 1_000);
  const signal = AbortSignal.any([stop, limit]);
  await using world = await World.open({ name: `${fault.id}-${seed}`, ground, base, seed, pace, signal });
  try {
    await fault.strike(world);
  } catch (error) {
    if (stop.aborted) throw error;
    world.faults.push(error instanceof Error ? error.message : String(error));
  }
  const { id, title, promise } = fault;
  const tolds = world.followers.flatMap((follower) => follower.told());
  const states = Object.groupBy(tolds, ({ state }) => state);
  return {
    ...{ id, title, promise, seed, notRun: null },
    sent: world.sent(),
    arrived: world.followers.reduce((sum, follower) => sum + follower.heard().length, 0),
    told: Object.fromEntries(Object.entries(states).map(([state, all]) => [state, all?.length ?? 0])),
    notes: world.notes,
    faults: world.faults,
    seconds: (performance.now() - begun) / 1_000,
  };
}

function notStruck(id: string, why: string): Row {
  const nothing = { sent: 0, arrived: 0, told: {}, notes: [], faults: [], seconds: 0 };
  return { id, title: '', promise: '', seed: 0, ...nothing, notRun: why };
}

async function writeResults(given: Arguments, rows: readonly Row[], minutes: string): Promise<void> {
  const facts = {
    Date: new Date().toISOString().slice(0, 10),
    Versions: `Node ${process.versions.node} on ${process.platform}-${process.arch}, embedded PostgreSQL as in package-lock.json`,
    Command: `npm run faults -- delivery --seeds ${given.seeds} --first ${given.first} ${given.scale === 1 ? '--full' : `--scale ${given.scale}`}`,
    Took: `${minutes} on ${availableParallelism()} cores`,
  };
  await writeFile(join(import.meta.dirname, 'RESULTS.md'), resultsPage(facts, rows));
}
