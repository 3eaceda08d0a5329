import type { Asking } from '../access/api-keys.ts';
import { audit } from '../access/audit-log.ts';
import { appendEvents, executeOn } from '../log/append.ts';
import { PUBLIC_STREAM } from '../log/event.ts';
import { shardOf } from '../market-data/store/ingest.ts';
import { cancelled } from '../outcomes/settlement.ts';
import type { Clock } from '../platform/clock.ts';
import { type Connection, type Pool, transaction } from '../platform/database/pool.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';
import type { Signal, SignalState } from './signal.ts';
import { changeEvent, factsOf } from './signal-event.ts';

/** A signal that has been filled, or has ended, cannot be taken back: its result counts. */
class NotCancellable extends UserError {
  constructor(state: SignalState) {
    super('NOT_CANCELLABLE', `The signal is ${state}, expected PUBLISHED: only what was not filled can be cancelled.`);
    this.name = 'NotCancellable';
  }
}

type Row = { readonly body: string; readonly state: SignalState; readonly source_id: string };
type Place = { readonly ingestSeq: number; readonly number: number };

/**
 * Takes back signals. For the engine a cancellation is an input with a place between two bars: it is written under the lock of the
 * engine's position, so what the engine says before it and after it is the same however often its state is built anew.
 */
export class Cancellations {
  readonly #pool: Pool;
  readonly #clock: Clock;

  /** `clock` is the one on the wall, for the audit log. */
  constructor(pool: Pool, clock: Clock) {
    this.#pool = pool;
    this.#clock = clock;
  }

  /**
   * Cancels a signal by its UUID. Answers the seq of the event that says so, null when it was cancelled before: then nothing changes.
   * Throws NotCancellable, InvalidInput for the reason, and a UserError NOT_FOUND.
   */
  async cancel(asking: Asking, signalId: string, reason: string): Promise<number | null> {
    if (!/^[\p{L}\p{N}\p{P}\p{S} ]{1,200}$/u.test(reason) || reason.trim() === '')
      throw new InvalidInput('reason', reason, '1 to 200 printable characters');
    return transaction(this.#pool, (connection) => this.#cancel(connection, asking, { signalId, reason }));
  }

  async #cancel(
    connection: Connection,
    asking: Asking,
    { signalId, reason }: { readonly signalId: string; readonly reason: string },
  ): Promise<number | null> {
    const source = await rowOf(connection, signalId);
    const shard = shardOf({ sourceId: source.source_id });
    const place = await takePlace(connection, shard);
    // As it stands now that the engine waits.
    const { body, state } = await rowOf(connection, signalId);
    if (state === 'CANCELLED') return null;
    if (state !== 'PUBLISHED') throw new NotCancellable(state);

    const signal = JSON.parse(body) as Signal;
    const at = Math.max(await knownTimeAt(connection, shard, place.ingestSeq), Date.parse(signal.publishedAt));
    const change = cancelled(signalId, at, reason);
    const { principal, requestId } = asking;
    const now = this.#clock.now();
    await connection.query('update engine_position set cancellations = $2 where shard = $1', [shard, place.number]);
    await connection.query(`update signal set state = 'CANCELLED', state_since = $2 where id = $1`, [
      signalId,
      iso(at),
    ]);
    await connection.query(
      `insert into signal_cancellation (signal_id, shard, number, after_ingest_seq, reason, tenant, principal, cancelled_at)
       values ($1, $2, $3, $4, $5, $6, $7, $8)`,
      [signalId, shard, place.number, place.ingestSeq, reason, principal.tenant, principal.id, iso(now)],
    );
    // Heads in the order of their names.
    await audit(connection, now, [
      {
        ...{ actor: principal.id, tenant: principal.tenant, requestId },
        ...{ action: 'cancelSignal', target: signalId, outcome: 'done', detail: reason },
      },
    ]);
    const event = changeEvent(factsOf(signal), change);
    return (await appendEvents(executeOn(connection), PUBLIC_STREAM, [event])).lastSeq;
  }
}

async function rowOf(connection: Connection, signalId: string): Promise<Row> {
  const { rows } = await connection.query<Row>('select body, state, source_id from signal where id = $1', [signalId]);
  const row = rows[0];
  if (row === undefined) throw new UserError('NOT_FOUND', 'There is no signal of this id.');
  return row;
}

/** From here on until the end of the transaction the engine of the shard writes no step. */
async function takePlace(connection: Connection, shard: string): Promise<Place> {
  const { rows } = await connection.query<Place>(
    `select ingest_seq as "ingestSeq", cancellations + 1 as number from engine_position where shard = $1 for update`,
    [shard],
  );
  const place = rows[0];
  if (place === undefined) throw new Error(`The engine of ${shard} has no position, though it has published signals`);
  return place;
}

/** When the bar was known that the engine has read last: the time of the data, which a replay has, too. */
async function knownTimeAt(connection: Connection, shard: string, ingestSeq: number): Promise<number> {
  const { rows } = await connection.query<{ known: number }>(
    'select known_time as known from bar where shard = $1 and ingest_seq = $2',
    [shard, ingestSeq],
  );
  return rows[0]?.known ?? 0;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
