import { readPages } from '../../runbooks/page/files.ts';
import { perform } from '../runbooks/drills/perform.ts';
import type { Incident, Outcome } from './incident.ts';
import { type MarketTime, marketAt } from './scale/clock.ts';
import type { Observer, Stage } from './stage/stage.ts';
import type { Watch } from './stage/watch.ts';

type IsSo = (firing: ReadonlySet<string>) => boolean;

/** All in minutes of the rules' time. What looks back needs something to look back on: this Prometheus has just begun. */
const SETTLES = 10;
const QUIET_FOR = 5;
const QUIET_WITHIN = 120;
const FIRES_WITHIN = 150;
const CLEARS_WITHIN = 180;
/** It looks back over days: what it says is over long after what it is about. */
const LONG_WINDOW = /BudgetBurnSlow$/;
/** So long it is looked at when it is over: what is told late would be told for nothing. */
const AFTERWARDS = 20;

/** Lets it happen: all is quiet, it goes wrong, somebody is told, it is mended, all is quiet again. Throws the reason of the signal. */
export async function conduct<S extends Stage>(
  incident: Incident<S>,
  stage: S,
  observer: Observer,
  signal: AbortSignal,
): Promise<Omit<Outcome, 'late'>> {
  const { watch } = observer;
  const minute = 60 / stage.speed;
  const wait = (isSo: IsSo, most: number, least = 0): Promise<boolean> =>
    watch.until(isSo, { seconds: least * minute, limit: most * minute }, signal);
  const isQuiet: IsSo = (firing) => [...firing].every((name) => stage.always.has(name));
  await wait(() => false, SETTLES);
  if (!(await wait(isQuiet, QUIET_WITHIN, QUIET_FOR))) return neverBegan(incident, stage, watch);
  watch.forget();

  const [first = null] = incident.fires;
  const begin = performance.now();
  const injected = await faultOf(() => incident.inject(stage));
  if (first !== null) await wait((firing) => firing.has(first), FIRES_WITHIN);
  await wait(() => false, incident.minutes);

  const mending = performance.now();
  const mended = await mend(incident, stage);
  const isOver = first === null || (await wait((firing) => !firing.has(first), CLEARS_WITHIN));
  const cleared = isOver && first !== null ? (performance.now() - mending) / 1_000 : null;
  await wait(() => false, AFTERWARDS);
  const goesOn = await goingOn(incident.fires, wait);
  const left = await faultOf(() => incident.leave?.());
  const late = goesOn === null ? null : `${goesOn} was not over after ${CLEARS_WITHIN} minutes of the rules’ time`;
  return outcomeOf(incident, stage, observer, {
    ...{ begin, cleared, clearedBy: mended.by },
    faults: [injected, mended.fault, late, left].filter((fault) => fault !== null),
  });
}

/** Which of these still fire when they have had their time, null if none does. */
async function goingOn(
  fires: readonly string[],
  wait: (isSo: IsSo, most: number) => Promise<boolean>,
): Promise<string | null> {
  let left: readonly string[] = [];
  const isOver = await wait((firing) => {
    left = fires.filter((name) => firing.has(name) && !LONG_WINDOW.test(name));
    return left.length === 0;
  }, CLEARS_WITHIN);
  return isOver ? null : left.join(', ');
}

async function mend<S extends Stage>(
  { undo, drill }: Incident<S>,
  stage: S,
): Promise<{ readonly by: string; readonly fault: string | null }> {
  const undone = await faultOf(() => undo?.work(stage));
  const page = drill === undefined ? undefined : (await readPages()).find(({ name }) => name === drill);
  const drilled = page === undefined ? null : (await perform(page, stage.service)).fault;
  const by = [undo?.what, drill && `drill of ${drill}`].filter(Boolean).join(', then ');
  return { by: by || 'nothing', fault: undone ?? (drilled === null ? null : `the drill of ${drill}: ${drilled}`) };
}

async function faultOf(work: () => Promise<void> | void | undefined): Promise<string | null> {
  try {
    await work();
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Course = {
  readonly begin: number;
  readonly cleared: number | null;
  readonly clearedBy: string;
  readonly faults: readonly string[];
};

function outcomeOf<S extends Stage>(
  incident: Incident<S>,
  stage: S,
  { watch, time }: Observer,
  { begin, cleared, clearedBy, faults }: Course,
): Omit<Outcome, 'late'> {
  const { fires } = incident;
  const fired = [...watch.seen.keys()].filter((name) => !stage.always.has(name) || fires.includes(name));
  const missing = fires.filter((name) => !fired.includes(name));
  const more = fired.filter((name) => !fires.includes(name));
  const seen = watch.seen.get(fires[0] ?? '');
  return {
    ...{ incident, fired, clearedBy },
    silenced: [...watch.silenced].filter((name) => fired.includes(name)),
    secondsToFire: seen === undefined ? null : (seen - begin) / 1_000,
    secondsToClear: cleared,
    faults: [
      ...faults,
      ...(missing.length > 0 ? [`did not fire: ${missing.join(', ')}`] : []),
      ...(more.length > 0 ? [`fired and should not: ${more.join(', ')}`] : []),
      ...(seen === undefined || time === null ? [] : wrongTime(incident, stage, time, seen)),
    ],
  };
}

/** Whether it was told when the market says that it should be; `seen` is in ms of `performance.now`. */
function wrongTime<S extends Stage>({ told }: Incident<S>, stage: S, time: MarketTime, seen: number): string[] {
  if (told === undefined) return [];
  const at = marketAt(time, (performance.timeOrigin + seen) / 1_000) * 1_000;
  const [from, until] = told(stage);
  const [is, ...span] = [at, from, until].map((instant) => new Date(instant).toISOString().slice(0, 19));
  return at >= from && at <= until ? [] : [`told at ${is} of the market, expected from ${span.join(' to ')}`];
}

function neverBegan<S extends Stage>(incident: Incident<S>, { always }: S, { seen }: Watch): Omit<Outcome, 'late'> {
  const others = [...seen.keys()].filter((name) => !always.has(name));
  return notConducted(incident, `it was not quiet before: ${others.join(', ') || 'nothing is known'}`);
}

/** Of an incident that something else was in the way of. */
export function notConducted(incident: Outcome['incident'], fault: string): Omit<Outcome, 'late'> {
  return {
    ...{ incident, fired: [], silenced: [], secondsToFire: null, clearedBy: 'nothing', secondsToClear: null },
    faults: [fault],
  };
}
