import { calendarById } from '../calendar/index.ts';
import { DataWindow } from '../features/data-window.ts';
import { FeatureEngine } from '../features/feature-engine.ts';
import { type Bar, toNumeric } from '../market-data/bar.ts';
import { simulatedInstruments } from '../market-data/instruments/bundled.ts';
import { simulatedSource } from '../market-data/simulated/simulated.ts';
import type { SourceBatch, SourceDescription } from '../market-data/source.ts';
import { BarIngest } from '../market-data/store/ingest.ts';
import { sealArtifact } from '../models/artifact.ts';
import { ModelRegistry, modelName, type StoredModel } from '../models/registry.ts';
import { trainModel } from '../models/train.ts';
import { labelSpecFor } from '../outcomes/label-spec.ts';
import { Settlement } from '../outcomes/settlement.ts';
import { DataContents } from '../signals/data-content.ts';
import { toDecisionModel } from '../signals/decision-model.ts';
import type { EngineContext } from '../signals/engine-context.ts';
import { type TickResult, type TickState, tick } from '../signals/tick.ts';
import type { TestConnections } from './database.ts';

/** An invented market: some sessions to learn from, then some to decide in. */
export type TestMarket = {
  readonly source: SourceDescription;
  readonly history: readonly SourceBatch[];
  readonly live: readonly SourceBatch[];
};

const XNYS = calendarById('XNYS');

export async function inventMarket({ seed = 7, historySessions = 5, liveSessions = 1 } = {}): Promise<TestMarket> {
  const instruments = simulatedInstruments.slice(0, 2);
  const feed = simulatedSource({ seed, instruments, historySessions, speed: 'max' });
  const source = await feed.describe();
  const end = XNYS.sessions(source.historyEnd, XNYS.validUntil)[liveSessions]?.open ?? 0;
  const history: SourceBatch[] = [];
  const live: SourceBatch[] = [];
  for await (const batch of feed.batches({ signal: new AbortController().signal })) {
    if (batch.knownTime > end) break;
    (batch.knownTime > source.historyEnd ? live : history).push(batch);
  }
  return { source, history, live };
}

/**
 * A model version that was trained on the whole history, as if it were stored. The first decision that it may make lies an hour into
 * the first live session.
 */
export async function trainOn({ source, history }: TestMarket): Promise<StoredModel> {
  const instruments = source.instruments.map(({ id, tick }) => ({
    id,
    tick,
    calendar: XNYS,
    bars: history.flatMap((batch) => batch.bars.filter((bar) => bar.instrumentId === id).map(toNumeric)),
  }));
  const { artifact, sha256 } = await trainModel({ instruments, spec: labelSpecFor('1m', 'XNYS') });
  const name = modelName('1m', 'XNYS', source.provenance);
  const { training, calibration } = artifact.split.windows;
  return {
    ...{ id: `${name}@1`, name, version: 1, sha256, artifact, calendar: 'XNYS', timeframe: '1m' },
    sourceId: source.sourceId,
    codeCommit: null,
    featureSpecHash: artifact.features.specHash,
    trainingFrom: training.from,
    trainingTo: training.until,
    calibrationFrom: calibration.from,
    calibrationTo: calibration.until,
    eligibleFrom: artifact.eligibleFrom,
  };
}

/** The engine's surroundings; a quarter of all decisions pass, so that a short session has signals of every kind. */
export function contextOf(source: SourceDescription): EngineContext {
  return {
    source,
    instruments: new Map(source.instruments.map((instrument) => [instrument.id, instrument])),
    calendarOf: () => XNYS,
    policy: { topQuantile: 0.25, requireEdge: false },
  };
}

/** Bars as the store would give them to the engine, numbered from `firstSeq` on. */
export function asStored(source: SourceDescription, batches: readonly SourceBatch[], firstSeq = 1): Bar[] {
  return batches
    .flatMap((batch) => batch.bars)
    .map((bar, index) => ({
      priceScale: '1',
      haltedMs: 0,
      ...bar,
      revision: 0,
      ingestSeq: firstSeq + index,
      sourceId: source.sourceId,
    }));
}

/** The state of an engine that has seen nothing yet. */
export function freshState(context: EngineContext, model: StoredModel | null): TickState {
  const models = new Map(model === null ? [] : [['XNYS', toDecisionModel(model)]]);
  const features = new FeatureEngine({ timeframe: '1m', capacity: context.instruments.size });
  const [window, contents] = [new DataWindow('1m'), new DataContents()];
  const engine = { context, features, window, contents, models, open: new Map(), voided: new Map() };
  return { engine, settlement: new Settlement(), facts: new Map() };
}

/** Everything that the engine says of a market, tick by tick; ticks without an event are left out. */
export function eventfulTicks(market: TestMarket, model: StoredModel): TickResult[] {
  const state = freshState(contextOf(market.source), model);
  const bars = asStored(market.source, [...market.history, ...market.live]);
  return bars.map((bar) => tick(state, bar)).filter(({ events }) => events.length > 0);
}

/** Makes a market's feed and its model known to a database. */
export async function storeMarket(
  { pool, em }: TestConnections,
  market: TestMarket,
  model: StoredModel,
): Promise<void> {
  await new BarIngest(pool).register(market.source);
  const { text, sha256 } = sealArtifact(model.artifact);
  await new ModelRegistry(pool).store(await em(), { name: model.name, sourceId: model.sourceId, text, sha256 });
}
