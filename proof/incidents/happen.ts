import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Machine } from '../faults/delivery/machine.ts';
import { conduct } from './conduct.ts';
import type { Incident, MarketIncident, Outcome, PastIncident } from './incident.ts';
import { verdict } from './report.ts';
import { openMarket } from './stage/market.ts';
import { openPast } from './stage/past.ts';
import type { Observer, Stage } from './stage/stage.ts';

export type Wanted = { readonly market: readonly MarketIncident[]; readonly past: readonly PastIncident[] };
type Where = {
  readonly folder: string;
  readonly speed: number;
  readonly machine: Machine;
  readonly signal: AbortSignal;
};

/** A part of a minute of the rules' time that a machine may be late by: more, and bars are old because of it. */
const LATE_SHARE = 0.5;

/** One after the other. What a machine that was late leaves unjudged happens once more, at the end. */
export async function* happen(
  { base, speed, signal }: { readonly base: string; readonly speed: number; readonly signal: AbortSignal },
  wanted: Wanted,
): AsyncGenerator<Outcome> {
  using machine = new Machine(base);
  const again: Outcome['incident'][] = [];
  for await (const outcome of round({ folder: join(base, 'first'), speed, machine, signal }, wanted)) {
    if (verdict(outcome) === 'not judged') again.push(outcome.incident);
    yield outcome;
  }
  const isAgain = (incident: Outcome['incident']): boolean => again.includes(incident);
  const rest = { market: wanted.market.filter(isAgain), past: wanted.past.filter(isAgain) };
  yield* round({ folder: join(base, 'second'), speed, machine, signal }, rest);
}

/** Those of one kind of day, and those of the past, happen to one service. */
async function* round({ folder, speed, machine, signal }: Where, { market, past }: Wanted): AsyncGenerator<Outcome> {
  await mkdir(folder);
  for (const [kind, those] of Map.groupBy(market, ({ day }) => day)) {
    await using stack = new AsyncDisposableStack();
    const stage = await openMarket({ folder: join(folder, kind), speed, kind }, stack);
    for (const incident of those) {
      await stage.goTo(incident.when);
      await using observer = await stage.observe(incident.disk === true);
      yield await judged(incident, stage, observer, { machine, signal });
    }
  }
  if (past.length === 0) return;
  await using stack = new AsyncDisposableStack();
  const stage = await openPast(join(folder, 'past'), stack);
  for (const incident of past) {
    await using observer = await stage.observe();
    yield await judged(incident, stage, observer, { machine, signal });
  }
}

async function judged<S extends Stage>(
  incident: Incident<S>,
  stage: S,
  observer: Observer,
  { machine, signal }: Pick<Where, 'machine' | 'signal'>,
): Promise<Outcome> {
  const from = Date.now();
  const outcome = await conduct(incident, stage, observer, signal);
  const { most } = machine.kept({ from, until: Date.now() }).idle;
  const limit = (60_000 / stage.speed) * LATE_SHARE;
  const late =
    most > limit ? `this machine kept an idle process for ${most} ms, more than ${limit} ms say nothing` : null;
  return { ...outcome, late };
}
