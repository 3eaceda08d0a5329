import { createHash } from 'node:crypto';
import type { CursorCodec, CursorContent } from '../log/cursor.ts';
import type { BarsOf } from '../market-data/bar-streams/page.ts';
import type { BarStreams } from '../market-data/bar-streams/streams.ts';
import type { StartProblem } from './start.ts';

/** How far each stream was read, by its name. A stream that is not in it was not there. */
export type BarPosition = ReadonlyMap<string, number>;

/** Under this name a cursor holds the incarnation of the database; it is the same for all of its streams. */
const DATABASE = 'database';

/** Cursors of the bars of one length of an instrument. */
export class BarCursors {
  readonly #codec: CursorCodec;
  readonly #filterHash: string;

  constructor(codec: CursorCodec, { instrumentId, timeframe }: BarsOf) {
    this.#codec = codec;
    this.#filterHash = createHash('sha256')
      .update(`bars ${timeframe} ${instrumentId}`)
      .digest('base64url')
      .slice(0, 16);
  }

  encode(epoch: string, position: BarPosition): string {
    const places = [...position].map(([name, seq]) => [name, { epoch: '', seq }] as const);
    return this.#codec.encode({
      positions: { [DATABASE]: { epoch, seq: 0 }, ...Object.fromEntries(places) },
      filterHash: this.#filterHash,
    });
  }

  /** The place to read on from in the streams as they are, or why there is none. Throws BadCursor for what was not made here. */
  resolve(cursor: string, state: BarStreams): BarPosition | StartProblem {
    const content = this.#codec.decode(cursor);
    const { [DATABASE]: database, ...places } = content.positions;
    if (content.filterHash !== this.#filterHash || database === undefined) {
      const message = 'The cursor was made for another instrument or another length of bars.';
      return { code: 'FILTER_CHANGED', message };
    }
    return resolvePosition(database.epoch, new Map(Object.entries(seqsOf(places))), state);
  }
}

function seqsOf(places: CursorContent['positions']): Record<string, number> {
  return Object.fromEntries(Object.entries(places).map(([name, { seq }]) => [name, seq]));
}

/** Where reading goes on from a place that was reached in an incarnation of the database, or why it cannot. */
export function resolvePosition(epoch: string, position: BarPosition, state: BarStreams): BarPosition | StartProblem {
  if (epoch !== state.epoch) {
    const message =
      'The database was restored; bars may be missing from what was sent, or have been sent that are gone.';
    return { code: 'EPOCH_CHANGED', message };
  }
  const resolved = new Map<string, number>();
  for (const { name, head, droppedUpTo } of state.streams) {
    const seq = position.get(name);
    if (seq !== undefined && seq > head)
      return { code: 'FUTURE_CURSOR', message: 'The cursor lies after the newest bar.' };
    if (seq !== undefined && seq < droppedUpTo)
      return { code: 'OUTDATED_CURSOR', message: 'Bars that follow the cursor are no longer held.' };
    resolved.set(name, seq ?? droppedUpTo);
  }
  return resolved;
}

/** Where a subscription without a cursor begins. */
export function startOf({ streams }: BarStreams, from: 'BEGINNING' | 'LIVE'): BarPosition {
  return new Map(streams.map(({ name, head, droppedUpTo }) => [name, from === 'LIVE' ? head : droppedUpTo]));
}
