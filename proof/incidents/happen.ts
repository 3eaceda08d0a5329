import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProgramMissing } from '../common/prometheus/missing.ts';
import { together } from '../common/together.ts';
import { conduct, notConducted } from './conduct.ts';
import type { Incident, MarketIncident, Outcome, PastIncident } from './incident.ts';
import { verdict } from './report.ts';
import { openMarket } from './stage/market.ts';
import { openPast } from './stage/past.ts';
import type { Observer, Stage } from './stage/stage.ts';

export type Wanted = { readonly market: readonly MarketIncident[]; readonly past: readonly PastIncident[] };
type Where = { readonly folder: string; readonly speed: number; readonly signal: AbortSignal };

/** Of the time somebody waited for a processor: more, and bars are old and answers slow because of it. */
const MOST_BUSY = 0.8;
const GROUPS = '/sys/fs/cgroup';

/** Two at a time, each on a stage of its own. What a machine without time leaves unjudged happens once more, at the end. */
export async function* happen(
  { base, speed, signal }: { readonly base: string; readonly speed: number; readonly signal: AbortSignal },
  wanted: Wanted,
): AsyncGenerator<Outcome> {
  const again: Outcome['incident'][] = [];
  for await (const outcome of round({ folder: join(base, 'first'), speed, signal }, wanted)) {
    if (verdict(outcome) === 'not judged') again.push(outcome.incident);
    yield outcome;
  }
  const isAgain = (incident: Outcome['incident']): boolean => again.includes(incident);
  const rest = { market: wanted.market.filter(isAgain), past: wanted.past.filter(isAgain) };
  yield* round({ folder: join(base, 'second'), speed, signal }, rest);
}

/** Those of one kind of day, and those of the past, happen to one service, one after the other; those of whole days are as many as all others. */
async function* round({ folder, speed, signal }: Where, { market, past }: Wanted): AsyncGenerator<Outcome> {
  await mkdir(folder);
  const onWholeDays = market.filter(({ day }) => day === 'whole');
  const onOthers = market.filter(({ day }) => day !== 'whole');
  yield* together([days({ folder, speed, signal }, onWholeDays), days({ folder, speed, signal }, onOthers, past)]);
}

async function* days(
  { folder, speed, signal }: Where,
  market: readonly MarketIncident[],
  past: readonly PastIncident[] = [],
): AsyncGenerator<Outcome> {
  for (const [kind, those] of Map.groupBy(market, ({ day }) => day)) {
    await using stack = new AsyncDisposableStack();
    const stage = await openMarket({ folder: join(folder, kind), speed, kind }, stack);
    for (const incident of those) {
      const begin = async (): Promise<Observer> => {
        await stage.goTo(incident.when);
        return stage.observe(incident.disk === true);
      };
      yield await happened(incident, stage, begin, signal);
    }
  }
  if (past.length === 0) return;
  await using stack = new AsyncDisposableStack();
  const stage = await openPast(join(folder, 'past'), stack);
  for (const incident of past) {
    yield await happened(incident, stage, () => stage.observe(), signal);
  }
}

/** What is in the way of one is not in the way of those that follow. Throws the reason of the signal, and when a program is missing. */
async function happened<S extends Stage>(
  incident: Incident<S>,
  stage: S,
  begin: () => Promise<Observer>,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    await using observer = await begin();
    return await judged(incident, stage, observer, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProgramMissing) throw error;
    return { ...notConducted(incident, error instanceof Error ? error.message : String(error)), late: null };
  }
}

async function judged<S extends Stage>(
  incident: Incident<S>,
  stage: S,
  observer: Observer,
  signal: AbortSignal,
): Promise<Outcome> {
  const [begin, before] = [performance.now(), await waited()];
  const outcome = await conduct(incident, stage, observer, signal);
  const share = ((await waited()) - before) / (performance.now() - begin);
  const busy = `somebody waited for a processor in ${Math.round(share * 100)} % of the time, more than ${MOST_BUSY * 100} % say nothing`;
  return { ...outcome, late: share > MOST_BUSY ? busy : null };
}

/** For how long something of this process's own control group has waited for a processor since the group was made, ms; 0 where the system does not tell. */
async function waited(): Promise<number> {
  const group = /^0::(\/.*)$/m.exec(await textOf('/proc/self/cgroup'))?.[1] ?? '/';
  for (const file of [
    `${GROUPS}${group}/cpu.pressure`,
    `${GROUPS}/unified${group}/cpu.pressure`,
    '/proc/pressure/cpu',
  ]) {
    const total = /^some .*total=(\d+)$/m.exec(await textOf(file))?.[1];
    if (total !== undefined) return Number(total) / 1_000;
  }
  return 0;
}

function textOf(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '');
}
