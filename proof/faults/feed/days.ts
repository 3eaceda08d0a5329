import { calendarById } from '../../../backend/calendar/index.ts';
import { featureSpec } from '../../../backend/features/feature-spec.ts';
import { ModelRegistry, modelName } from '../../../backend/models/registry.ts';
import { createPool } from '../../../backend/platform/database/pool.ts';
import { toDecisionModel } from '../../../backend/signals/decision-model.ts';
import { type CleanDay, cleanDay } from './clean-day.ts';
import type { Database, openServer } from './databases.ts';
import { play, prepare } from './play.ts';
import { type Remains, remainsOf } from './remains.ts';
import { scheduleOf } from './schedule.ts';
import { faultsOf } from './verdict.ts';
import type { Window } from './windows.ts';

type Server = Awaited<ReturnType<typeof openServer>>;

/** A window that was played without faults: the database at its beginning, and what came of it. */
export type Prepared = {
  readonly window: Window;
  readonly template: Database;
  readonly clean: CleanDay;
  readonly reference: Remains;
  readonly faults: readonly string[];
  readonly seconds: number;
};

/** A day that is over. */
export type Row = {
  /** Null for the day without faults. */
  readonly seed: number | null;
  readonly window: string;
  readonly kind: string;
  readonly faults: readonly string[];
  readonly seconds: number;
  readonly signals: number;
  readonly voided: number;
  /** Decisions that came too late. */
  readonly stale: number;
  readonly stalls: number;
  readonly corrected: number;
};

/** Also the day without faults is held against the recording. */
export async function playClean(server: Server, window: Window): Promise<Prepared> {
  const begun = performance.now();
  const template = await server.make();
  await prepare(template, window);
  const clean = await cleanDayOf(template, window);
  const database = await server.make(template);
  try {
    const reference = await play({ database, window, schedule: null }, remainsOf);
    const schedule = scheduleOf(0, window);
    const faults = faultsOf({ window, schedule, clean, reference, remains: reference });
    return { window, template, clean, reference, faults, seconds: (performance.now() - begun) / 1_000 };
  } finally {
    await database.drop();
  }
}

export async function playSeed(
  server: Server,
  { window, template, clean, reference }: Prepared,
  seed: number,
): Promise<Row> {
  const begun = performance.now();
  const schedule = scheduleOf(seed, window);
  const database = await server.make(template);
  const row = (faults: readonly string[], remains: Remains | null): Row => ({
    ...{ seed, window: window.name, kind: schedule.kind, faults, seconds: (performance.now() - begun) / 1_000 },
    signals: remains?.signals.length ?? 0,
    voided: remains?.signals.filter(({ state }) => state === 'VOID_DATA').length ?? 0,
    stale:
      remains === null ? 0 : [...remains.decisions.values()].filter(({ withheld }) => withheld === 'STALE_BAR').length,
    stalls: remains?.stallsCounted ?? 0,
    corrected: remains?.bars.filter(({ revision }) => revision > 0).length ?? 0,
  });
  try {
    const remains = await play({ database, window, schedule }, remainsOf);
    return row(faultsOf({ window, schedule, clean, reference, remains }), remains);
  } catch (error) {
    return row([error instanceof Error ? (error.stack ?? error.message) : String(error)], null);
  } finally {
    await database.drop();
  }
}

async function cleanDayOf(template: Database, window: Window): Promise<CleanDay> {
  const pool = createPool({
    url: template.url,
    name: 'clean',
    size: 1,
    statementTimeoutMs: 30_000,
    onError: () => undefined,
  });
  try {
    const calendar = calendarById('XNYS');
    const stored = await new ModelRegistry(pool, null).newest(
      modelName('1m', calendar.id, 'REPLAY'),
      featureSpec.hash,
      calendar.validUntil - 1,
    );
    if (stored === null) throw new Error(`No model was trained on what came before the window ${window.name}`);
    return cleanDay(window, toDecisionModel(stored));
  } finally {
    await pool.end();
  }
}
