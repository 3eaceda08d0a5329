import type { SourceDescription } from '../market-data/source.ts';
import { shardOf } from '../market-data/store/ingest.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import { writeStep } from './engine-store.ts';
import type { Signal } from './signal.ts';
import { publishedEvent } from './signal-event.ts';
import type { TickResult } from './tick.ts';

/** What a bar brings about that does nothing but publish these signals. */
export function publishing(published: readonly Signal[], ingestSeq = 1): TickResult {
  const events = published.map(publishedEvent);
  return { ingestSeq, market: 'XNYS', changes: [], withheld: null, published, events };
}

/** Writes a tick as the engine does, which goes on by one bar from `fromSeq`. Answers the seq of the last event, null without events. */
export function writeTick(
  em: EntityManager,
  source: Pick<SourceDescription, 'sourceId'>,
  tick: TickResult,
  fromSeq = 0,
): Promise<number | null> {
  const step = { shard: shardOf(source), fromSeq, upToSeq: fromSeq + 1, cancellations: 0, ticks: [tick] };
  return writeStep(em, step, { beforeCommit: () => undefined });
}
