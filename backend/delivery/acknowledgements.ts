import type { Asking } from '../access/api-keys.ts';
import { audit } from '../access/audit-log.ts';
import type { CursorCodec } from '../log/cursor.ts';
import { PUBLIC_STREAM } from '../log/event.ts';
import { readStreamState } from '../log/read.ts';
import { resolvePosition } from '../log/resolve-position.ts';
import type { Clock } from '../platform/clock.ts';
import { type Connection, type Pool, transaction } from '../platform/database/pool.ts';
import { UserError } from '../platform/errors.ts';

export type Acknowledgement = {
  /** The place that is acknowledged now: that of the request, or a later one that was before. */
  readonly cursor: string;
  /** ms since 1970. */
  readonly acknowledgedAt: number;
};

type Place = { readonly epoch: string; readonly seq: number; readonly acknowledgedAt: number };

/** Up to where each principal has dealt with the signals; one place each, which only moves forward. */
export class Acknowledgements {
  readonly #pool: Pool;
  readonly #codec: CursorCodec;
  readonly #clock: Clock;

  constructor(pool: Pool, codec: CursorCodec, clock: Clock) {
    this.#pool = pool;
    this.#codec = codec;
    this.#clock = clock;
  }

  /** Takes a cursor of any filter. Throws BadCursor, or a UserError with the code of the problem for a place that there never was. */
  async acknowledge(asking: Asking, cursor: string): Promise<Acknowledgement> {
    const { positions, filterHash } = this.#codec.decode(cursor, 'cursor');
    const position = positions[PUBLIC_STREAM];
    if (position === undefined) throw new UserError('BAD_CURSOR', 'cursor is one of bars, expected one of signals');
    const state = await readStreamState(this.#pool, PUBLIC_STREAM);
    const place = resolvePosition(state, position);
    // What is so old that it is held no more was dealt with all the same.
    if (typeof place !== 'number' && place.code !== 'OUTDATED_CURSOR') throw new UserError(place.code, place.message);
    const wanted = { epoch: state.head.epoch, seq: position.seq, acknowledgedAt: this.#clock.now() };
    const held = await transaction(this.#pool, (connection) => this.#move(connection, asking, wanted));
    const positionNow = { [PUBLIC_STREAM]: { epoch: held.epoch, seq: held.seq } };
    return { cursor: this.#codec.encode({ positions: positionNow, filterHash }), acknowledgedAt: held.acknowledgedAt };
  }

  /** The place that is held afterwards. What does not move is no change, and not told in the audit log. */
  async #move(connection: Connection, { principal, requestId }: Asking, wanted: Place): Promise<Place> {
    const key = [principal.tenant, principal.id, PUBLIC_STREAM];
    const { rowCount } = await connection.query(
      `insert into signal_acknowledgement as held (tenant, principal, stream, epoch, seq, acknowledged_at)
       values ($1, $2, $3, $4, $5, $6)
       on conflict (tenant, principal, stream) do update
         set epoch = excluded.epoch, seq = excluded.seq, acknowledged_at = excluded.acknowledged_at
         where held.epoch <> excluded.epoch or held.seq < excluded.seq`,
      [...key, wanted.epoch, wanted.seq, new Date(wanted.acknowledgedAt)],
    );
    if (rowCount === 0) {
      const sql = `select epoch, seq, acknowledged_at as "acknowledgedAt" from signal_acknowledgement
                    where tenant = $1 and principal = $2 and stream = $3`;
      return (await connection.query<Place>(sql, key)).rows[0] as Place;
    }
    await audit(connection, wanted.acknowledgedAt, [
      {
        ...{ actor: principal.id, tenant: principal.tenant, requestId },
        ...{ action: 'acknowledgeSignals', target: `${wanted.epoch} ${wanted.seq}`, outcome: 'done', detail: null },
      },
    ]);
    return wanted;
  }
}
