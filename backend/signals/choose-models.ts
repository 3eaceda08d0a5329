import { calendarById, type TradingCalendar } from '../calendar/index.ts';
import { featureSpec } from '../features/feature-spec.ts';
import type { SourceDescription } from '../market-data/source.ts';
import { shardOf } from '../market-data/store/ingest.ts';
import { type ModelRegistry, modelName, type StoredModel } from '../models/registry.ts';
import { LONG_HISTORY_SESSIONS } from '../models/split.ts';
import type { TrainProgress } from '../models/train.ts';
import { trainFromStore } from '../models/train-from-store.ts';
import { labelSpecFor } from '../outcomes/label-spec.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import type { Pool } from '../platform/database/pool.ts';
import { UserError } from '../platform/errors.ts';

export type ChooseModels = {
  readonly pool: Pool;
  readonly em: EntityManager;
  readonly registry: ModelRegistry;
  readonly source: SourceDescription;
  readonly topShare: number;
  readonly onProgress: (progress: TrainProgress) => void;
  readonly onTraining: (calendar: string) => void;
};

export type ChosenModel =
  | { readonly calendar: string; readonly model: StoredModel; readonly trained: boolean }
  /** Why there is none. */
  | { readonly calendar: string; readonly model: null; readonly reason: string };

/**
 * The model that decides for each calendar of a source: the newest one that may decide soon after the source's history, else one that is
 * trained on that history now. Too little history is no error: then nothing is published, and the reason says why.
 */
export async function chooseModels(options: ChooseModels): Promise<ChosenModel[]> {
  const chosen: ChosenModel[] = [];
  for (const id of calendarsOf(options.source)) chosen.push(await chooseModel(options, calendarById(id)));
  return chosen;
}

/** The version in use of each calendar that has one. */
export type ModelsInUse = ReadonlyMap<string, StoredModel>;

/** Versions that were trained since and may decide at a moment (ms), of each calendar of the source. */
export async function newerModels(
  { registry, source }: Pick<ChooseModels, 'registry' | 'source'>,
  inUse: ModelsInUse,
  at: number,
): Promise<ChosenModel[]> {
  const newer: ChosenModel[] = [];
  for (const id of calendarsOf(source)) {
    const name = modelName(source.timeframe, id, source.provenance);
    const model = await registry.newest(name, featureSpec.hash, at);
    const isNewer = model !== null && model.version > (inUse.get(id)?.version ?? 0);
    if (isNewer) newer.push({ calendar: id, model, trained: false });
  }
  return newer;
}

function calendarsOf({ instruments }: SourceDescription): readonly string[] {
  return [...new Set(instruments.map(({ calendar }) => calendar))].sort();
}

async function chooseModel(options: ChooseModels, calendar: TradingCalendar): Promise<ChosenModel> {
  const { pool, registry, source } = options;
  const name = modelName(source.timeframe, calendar.id, source.provenance);
  const longest = longestEmbargo(source, calendar);
  const stored = await registry.newest(name, featureSpec.hash, calendar.addTradingMinutes(source.historyEnd, longest));
  if (stored !== null) return { calendar: calendar.id, model: stored, trained: false };

  options.onTraining(calendar.id);
  const knownUntil = await endOfTraining(options, calendar);
  try {
    const { model } = await trainFromStore({ ...options, database: pool, calendar, knownUntil });
    return { calendar: calendar.id, model, trained: true };
  } catch (error) {
    if (error instanceof UserError && error.code === 'TOO_LITTLE_HISTORY')
      return { calendar: calendar.id, model: null, reason: error.message };
    throw error;
  }
}

/** Training leaves the embargo of the history unseen, so that the model may decide from the end of the history on. */
async function endOfTraining({ pool, source }: ChooseModels, calendar: TradingCalendar): Promise<number> {
  const { rows } = await pool.query<{ start: number | null }>(
    'select min(min_bar_start) as start from ingest_batch where shard = $1',
    [shardOf(source)],
  );
  const start = rows[0]?.start ?? source.historyEnd;
  const sessions = calendar.sessions(start, source.historyEnd).length;
  const embargo =
    sessions > LONG_HISTORY_SESSIONS + 1
      ? longestEmbargo(source, calendar)
      : labelSpecFor(source.timeframe, calendar.id).horizonMinutes;
  const minutes = calendar.tradingMinutesBetween(start, source.historyEnd) - embargo;
  return minutes > 0 ? calendar.addTradingMinutes(start, minutes) : source.historyEnd;
}

function longestEmbargo(source: SourceDescription, calendar: TradingCalendar): number {
  const last = calendar.previousSession(source.historyEnd + 1);
  const session = (last.close - last.open) / 60_000;
  return labelSpecFor(source.timeframe, calendar.id).horizonMinutes + session;
}
