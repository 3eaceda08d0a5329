import { appendEvents } from '../log/append.ts';
import { PUBLIC_STREAM } from '../log/event.ts';
import { OutcomeEntity } from '../outcomes/outcome.entity.ts';
import type { StateChange } from '../outcomes/settlement.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import type { EntityManager } from '../platform/database/orm.ts';
import type { Queryable } from '../platform/database/pool.ts';
import { SignalEntity } from './signal.entity.ts';
import type { Signal } from './signal.ts';
import type { Cancellation, TickResult } from './tick.ts';

/** What a run of ticks is written as: everything in one transaction, the events last. */
export type Step = {
  readonly shard: string;
  /** Position that the ticks began at. */
  readonly fromSeq: number;
  readonly upToSeq: number;
  /** How many cancellations the ticks know of. */
  readonly cancellations: number;
  readonly ticks: readonly TickResult[];
};

/** Another engine has read on from there, or a signal was cancelled meanwhile: what was made of the same bars must not be written. */
export class PositionMoved extends Error {
  constructor(shard: string, fromSeq: number) {
    super(
      `The engine of ${shard} is no longer at ${fromSeq}: another one has gone on from there, or a signal was cancelled`,
    );
    this.name = 'PositionMoved';
  }
}

export type WriteHooks = {
  /** Called after the statements and before the commit. */
  readonly beforeCommit: () => void;
};

/**
 * Writes domain rows, the engine's position and the events in one transaction. Answers the seq of the last event, null without events.
 * Throws PositionMoved, and writes nothing, when another engine was there first, or a cancellation that the ticks do not know of: of two
 * engines on one shard each step is one's alone.
 */
export async function writeStep(em: EntityManager, step: Step, hooks: WriteHooks): Promise<number | null> {
  const events = step.ticks.flatMap((tick) => tick.events);
  return em.fork().transactional(async (transaction) => {
    await takePosition(transaction, step);
    for (const tick of step.ticks) {
      for (const signal of tick.published)
        transaction.persist(transaction.create(SignalEntity, toRow(signal, tick.ingestSeq)));
    }
    await transaction.flush();
    await writeChanges(
      transaction,
      step.ticks.flatMap((tick) => tick.changes),
    );
    const last = events.length === 0 ? null : (await append(transaction, events)).lastSeq;
    hooks.beforeCommit();
    return last;
  });
}

/** First of all: its row lock makes a second engine wait, and then find that it came too late. */
async function takePosition(
  transaction: EntityManager,
  { shard, fromSeq, upToSeq, cancellations }: Step,
): Promise<void> {
  const taken = await transaction.execute<unknown[]>(
    `insert into engine_position (shard, ingest_seq) values (?, ?)
     on conflict (shard) do update set ingest_seq = excluded.ingest_seq
       where engine_position.ingest_seq = ? and engine_position.cancellations = ? returning shard`,
    [shard, upToSeq, fromSeq, cancellations],
  );
  if (taken.length === 0) throw new PositionMoved(shard, fromSeq);
}

function append(transaction: EntityManager, events: TickResult['events'][number][]): ReturnType<typeof appendEvents> {
  return appendEvents((sql, parameters) => transaction.execute(sql, [...parameters]), PUBLIC_STREAM, events);
}

async function writeChanges(transaction: EntityManager, changes: readonly StateChange[]): Promise<void> {
  if (changes.length === 0) return;
  for (const change of changes) {
    if (change.outcome !== undefined)
      transaction.persist(transaction.create(OutcomeEntity, toOutcomeRow(change.signalId, change.outcome)));
  }
  await transaction.flush();
  // The last change of a signal wins; within one statement each row may be touched once.
  const last = Object.values(Object.fromEntries(changes.map((change) => [change.signalId, toStateRow(change)])));
  await transaction.execute(
    `update signal set state = t.state, state_since = t.since
       from json_to_recordset(?::json) as t(id uuid, state text, since timestamptz) where signal.id = t.id`,
    [JSON.stringify(last)],
  );
}

function toStateRow({ signalId, type, occurredAt }: StateChange) {
  return { id: signalId, state: type, since: new Date(occurredAt).toISOString() };
}

function toRow(signal: Signal, decisionIngestSeq: number) {
  return {
    id: signal.id,
    dedupKey: signal.dedupKey,
    sourceId: signal.provenance[0]?.source ?? '',
    instrumentId: signal.instrument.id,
    modelVersionId: signal.modelVersion.id,
    modelEligibleFrom: new Date(signal.modelVersion.eligibleFrom),
    side: signal.side,
    timeframe: signal.timeframe,
    decisionBarStart: new Date(signal.decisionBarStart),
    decisionIngestSeq,
    decisionTime: new Date(signal.decisionTime),
    publishedAt: new Date(signal.publishedAt),
    expiresAt: new Date(signal.expiresAt),
    confidence: signal.confidence,
    baselineProbability: signal.baselineProbability,
    supersedes: signal.supersedes ?? null,
    state: 'PUBLISHED',
    stateSince: new Date(signal.publishedAt),
    body: canonicalJson(signal),
  };
}

function toOutcomeRow(signalId: string, outcome: NonNullable<StateChange['outcome']>) {
  return {
    signalId,
    settlerVersion: outcome.settlerVersion,
    settledAt: new Date(outcome.settledAt),
    exitReason: outcome.exitReason,
    label: outcome.label,
    grossR: outcome.grossR,
    netR: outcome.netR,
    ambiguous: outcome.ambiguous,
    body: canonicalJson(outcome),
  };
}

export type EnginePosition = { readonly ingestSeq: number; readonly cancellations: number };

/** How far the engine has read a shard, and how many cancellations came before; zeros for a shard that it has not seen. */
export async function readPosition(database: Queryable, shard: string): Promise<EnginePosition> {
  const { rows } = await database.query<EnginePosition>(
    'select ingest_seq as "ingestSeq", cancellations from engine_position where shard = $1',
    [shard],
  );
  return rows[0] ?? { ingestSeq: 0, cancellations: 0 };
}

/** The cancellations of a shard beyond the first `known`, in their order. */
export async function readCancellations(database: Queryable, shard: string, known: number): Promise<Cancellation[]> {
  const { rows } = await database.query<Cancellation>({
    name: 'cancellations',
    text: `select c.number, c.signal_id as "signalId", s.state_since as at, c.reason
             from signal_cancellation c join signal s on s.id = c.signal_id where c.shard = $1 and c.number > $2 order by c.number`,
    values: [shard, known],
  });
  return rows;
}

export type StoredOpenSignal = {
  readonly signal: Signal;
  readonly state: 'PUBLISHED' | 'TRIGGERED';
  readonly decisionIngestSeq: number;
};

/** The signals of a source that are not final, in the order in which they were published. */
export async function readOpenSignals(database: Queryable, sourceId: string): Promise<StoredOpenSignal[]> {
  const { rows } = await database.query<{
    body: string;
    state: StoredOpenSignal['state'];
    decision_ingest_seq: number;
  }>(
    `select body, state, decision_ingest_seq from signal
      where source_id = $1 and state in ('PUBLISHED', 'TRIGGERED') order by decision_ingest_seq`,
    [sourceId],
  );
  return rows.map((row) => ({
    signal: JSON.parse(row.body) as Signal,
    state: row.state,
    decisionIngestSeq: row.decision_ingest_seq,
  }));
}
