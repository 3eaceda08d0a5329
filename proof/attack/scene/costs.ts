import { type Figures, sumOf } from './figures.ts';
import type { Scene } from './scene.ts';
import type { Target } from './target.ts';

/** What some work cost a process: the longest delay of its event loop in ms, and by how many MB it grew. */
export type Costs = { readonly stallMs: number; readonly growthMb: number };

/** What it cost the first time, and usually: medians of the times at which the machine was quiet, or of all where it hardly was. */
export type Measured = {
  readonly first: Costs;
  readonly usual: Costs;
  readonly times: number;
  /** By how much a process that nobody attacks was late in the meantime, ms; the median of the same times. */
  readonly machineMs: number;
  readonly isQuiet: boolean;
};

const MB = 1_048_576;
const RSS = 'process_resident_memory_bytes';

/** A delay in which the process did not compute is the machine's: another program had the core. */
function costsOf(before: Figures, after: Figures): Costs {
  const cpu = 'process_cpu_seconds_total';
  const cpuMs = (sumOf(after, cpu) - sumOf(before, cpu)) * 1_000;
  return {
    // The figures are of the time since they were last asked for.
    stallMs: Math.min(sumOf(after, 'nodejs_eventloop_lag_max_seconds') * 1_000, cpuMs),
    growthMb: (sumOf(after, RSS) - sumOf(before, RSS)) / MB,
  };
}

const WANTED = 5;
const MOST = 15;
/** In ms, for all of them: where the machine is busy, each takes long, and none is quiet. */
const PATIENCE_MS = 10_000;
/** In ms. A time at which the machine made others wait longer than that says little about the service. */
const QUIET_MS = 15;
type Measurable = { readonly production: Pick<Target, 'figures'>; readonly machine: Scene['machine'] };
type Once = Costs & { readonly machineMs: number };

/**
 * Does the work once, and then until it was done five times on a quiet machine, or fifteen times or for ten seconds in all. Which times count is decided by the
 * machine alone and never by what was found. Null where there are no figures, or where the work says that it was done for the last time.
 */
export async function measure(
  { production, machine }: Measurable,
  work: () => Promise<boolean>,
): Promise<Measured | null> {
  const first = await once(production, machine, work);
  if (first === null) return null;
  const all: Once[] = [];
  const quiet = (): Once[] => all.filter(({ machineMs }) => machineMs <= QUIET_MS);
  const end = performance.now() + PATIENCE_MS;
  const isEnough = (): boolean => all.length >= WANTED && (all.length >= MOST || performance.now() > end);
  while (quiet().length < WANTED && !isEnough()) {
    const now = await once(production, machine, work);
    if (now === null) return null;
    all.push(now);
  }
  const isQuiet = quiet().length >= WANTED;
  const counted = isQuiet ? quiet() : all;
  const of = (name: keyof Once): number => median(counted.map((one) => one[name]));
  const usual = { stallMs: of('stallMs'), growthMb: of('growthMb') };
  return { first, usual, times: counted.length, machineMs: of('machineMs'), isQuiet };
}

async function once(
  target: Measurable['production'],
  machine: Scene['machine'],
  work: () => Promise<boolean>,
): Promise<Once | null> {
  const before = await target.figures();
  await machine.delayMs();
  const goesOn = await work();
  const machineMs = await machine.delayMs();
  const after = await target.figures();
  return goesOn && before !== null && after !== null ? { ...costsOf(before, after), machineMs } : null;
}

/** As it stands in the table. */
export function stallText({ first, usual, times, machineMs, isQuiet }: Measured): string {
  const noise = isQuiet ? '' : '; it was not quiet';
  return `late by ${ms(usual.stallMs)} (median of ${times}; the first time ${ms(first.stallMs)}; the machine itself ${ms(machineMs)}${noise})`;
}

export function growthText({ first, usual, times }: Measured): string {
  return `grew by ${usual.growthMb.toFixed(1)} MB (median of ${times}; the first time ${first.growthMb.toFixed(1)} MB)`;
}

const ms = (value: number): string => `${Math.round(value)} ms`;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

const ROUNDS = 3;

/**
 * By how many MB the process is larger at its largest than before, after any of several rounds of the work, the first one included. Let others do
 * what good clients do before: what a process needs for its first work is nothing that the attack takes.
 */
export async function growthOf(target: Pick<Target, 'figures'>, work: () => Promise<unknown>): Promise<number> {
  const size = async (): Promise<number> => sumOf((await target.figures()) ?? new Map(), RSS) / MB;
  const before = await size();
  let largest = before;
  for (let round = 0; round < ROUNDS; round++) {
    await work();
    largest = Math.max(largest, await size());
  }
  return largest - before;
}
