import { defineEntity, p } from '@mikro-orm/core';

/** The row of a signal: what is searched by, its present state, and the signal itself as the canonical text that the log holds. */
export const SignalEntity = defineEntity({
  name: 'Signal',
  tableName: 'signal',
  properties: {
    id: p.uuid().primary(),
    dedupKey: p.string().name('dedup_key'),
    sourceId: p.string().name('source_id'),
    instrumentId: p.string().name('instrument_id'),
    modelVersionId: p.string().name('model_version_id'),
    modelEligibleFrom: p.datetime().name('model_eligible_from'),
    side: p.string(),
    timeframe: p.string(),
    decisionBarStart: p.datetime().name('decision_bar_start'),
    decisionIngestSeq: p.bigint('number').name('decision_ingest_seq'),
    decisionTime: p.datetime().name('decision_time'),
    publishedAt: p.datetime().name('published_at'),
    expiresAt: p.datetime().name('expires_at'),
    confidence: p.decimal('string'),
    baselineProbability: p.decimal('string').name('baseline_probability'),
    supersedes: p.uuid().nullable(),
    state: p.string(),
    stateSince: p.datetime().name('state_since'),
    body: p.text(),
  },
});
