import type { TradingCalendar } from '../calendar/index.ts';
import { toNumeric } from '../market-data/bar.ts';
import type { Instrument } from '../market-data/instrument.ts';
import type { SourceDescription } from '../market-data/source.ts';
import { shardOf } from '../market-data/store/ingest.ts';
import { readHistory } from '../market-data/store/read.ts';
import { labelSpecFor } from '../outcomes/label-spec.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import type { Queryable } from '../platform/database/pool.ts';
import type { InstrumentBars } from './dataset.ts';
import { type ModelRegistry, modelName, type StoredModel } from './registry.ts';
import { type TrainProgress, trainModel } from './train.ts';

export type TrainFromStore = {
  readonly database: Queryable;
  readonly registry: ModelRegistry;
  readonly em: EntityManager;
  readonly source: SourceDescription;
  readonly calendar: TradingCalendar;
  /** Bars that were known at or before this instant (ms) are seen, later ones are not. */
  readonly knownUntil: number;
  readonly topShare: number;
  readonly onProgress?: (progress: TrainProgress) => void;
};

/** Trains on the stored bars of a source, for its instruments of one calendar, and stores the model as a new version. */
export async function trainFromStore(
  options: TrainFromStore,
): Promise<{ readonly model: StoredModel; readonly report: string }> {
  const { source, calendar, topShare, onProgress } = options;
  const traded = source.instruments.filter((instrument) => instrument.calendar === calendar.id);
  const instruments: InstrumentBars[] = [];
  for (const instrument of traded) instruments.push(await barsOf(options, instrument));
  const name = modelName(source.timeframe, calendar.id, source.provenance);
  // Whoever trains again on what is there has one more chance to be lucky, and the rule for an edge has to know.
  const trials = (await options.registry.count(name)) + 1;
  const input = {
    instruments: instruments.filter(({ bars }) => bars.length > 0),
    spec: labelSpecFor(source.timeframe, calendar.id),
    topShare,
    trials,
  };
  const trained = await trainModel(input, onProgress);
  const model = await options.registry.store(options.em, {
    name,
    sourceId: source.sourceId,
    text: trained.text,
    sha256: trained.sha256,
  });
  return { model, report: trained.report };
}

async function barsOf(
  { database, source, calendar, knownUntil }: TrainFromStore,
  instrument: Instrument,
): Promise<InstrumentBars> {
  const bars = await readHistory(
    database,
    { instrumentId: instrument.id, timeframe: source.timeframe, shard: shardOf(source) },
    knownUntil,
  );
  return { id: instrument.id, tick: instrument.tick, calendar, bars: bars.map(toNumeric) };
}
