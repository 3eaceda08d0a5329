import type { Position } from './event.ts';
import type { StreamState } from './read.ts';

/** Why a stream cannot be read on from a position, and the last seq that its incarnation shares with the present one where that helps. */
export type PositionProblem = {
  readonly code: 'OUTDATED_CURSOR' | 'FUTURE_CURSOR' | 'EPOCH_CHANGED';
  readonly message: string;
  readonly lastCommonSeq?: number;
};

/** The seq of a position in the present incarnation of its stream, or why it has none. */
export function resolvePosition(state: StreamState, { epoch, seq }: Position): number | PositionProblem {
  const shared = lastSharedSeq(state, epoch);
  if (shared === null) {
    return {
      code: 'EPOCH_CHANGED',
      message: 'The cursor is of an incarnation of the stream that this service never had.',
    };
  }
  if (seq > shared) {
    return epoch === state.head.epoch
      ? { code: 'FUTURE_CURSOR', message: `The cursor lies after the newest event (${state.head.seq}).` }
      : {
          code: 'EPOCH_CHANGED',
          message: `The stream was restored; what followed event ${shared} is lost.`,
          lastCommonSeq: shared,
        };
  }
  if (seq < state.firstSeq - 1) {
    return { code: 'OUTDATED_CURSOR', message: `The oldest event that is still held is ${state.firstSeq}.` };
  }
  return seq;
}

/** The newest seq that an incarnation has in common with the present one; null for one that never was. */
function lastSharedSeq(state: StreamState, epoch: string): number | null {
  const at = state.epochs.findIndex((entry) => entry.epoch === epoch);
  if (at === -1) return null;
  return state.epochs.slice(at + 1).reduce((seq, later) => Math.min(seq, later.lastCommonSeq), state.head.seq);
}
