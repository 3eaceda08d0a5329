import type { CursorContent } from '../log/cursor.ts';
import type { StreamState } from '../log/read.ts';

export const PROBLEM_CODES = [
  'OUTDATED_CURSOR',
  'FUTURE_CURSOR',
  'EPOCH_CHANGED',
  'FILTER_CHANGED',
  'CONSUMER_TOO_SLOW',
  'REAUTHENTICATE',
  'SHUTTING_DOWN',
] as const;
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Why a subscription cannot go on from where the client asked, and the places from which it could. */
export type StartProblem = { readonly code: ProblemCode; readonly message: string; readonly lastCommonSeq?: number };

export type StartRequest = {
  readonly after: CursorContent | null;
  readonly from: 'BEGINNING' | 'LIVE';
  readonly filterHash: string;
};

/** The seq after which a subscription reads, or why there is none. */
export function resolveStart(stream: string, state: StreamState, request: StartRequest): number | StartProblem {
  if (request.after === null) return request.from === 'LIVE' ? state.head.seq : state.firstSeq - 1;
  if (request.after.filterHash !== request.filterHash) {
    return {
      code: 'FILTER_CHANGED',
      message: 'The cursor was made under another filter; begin anew or use the filter that it was made under.',
    };
  }
  const position = request.after.positions[stream];
  if (position === undefined)
    return { code: 'FILTER_CHANGED', message: `The cursor does not follow the stream ${stream}.` };

  const shared = lastSharedSeq(state, position.epoch);
  if (shared === null)
    return {
      code: 'EPOCH_CHANGED',
      message: 'The cursor is of an incarnation of the stream that this service never had.',
    };
  if (position.seq > shared) {
    return position.epoch === state.head.epoch
      ? { code: 'FUTURE_CURSOR', message: `The cursor lies after the newest event (${state.head.seq}).` }
      : {
          code: 'EPOCH_CHANGED',
          message: `The stream was restored; what followed event ${shared} is lost.`,
          lastCommonSeq: shared,
        };
  }
  if (position.seq < state.firstSeq - 1) {
    return { code: 'OUTDATED_CURSOR', message: `The oldest event that is still held is ${state.firstSeq}.` };
  }
  return position.seq;
}

/** The newest seq that an incarnation has in common with the present one; null for one that never was. */
function lastSharedSeq(state: StreamState, epoch: string): number | null {
  const at = state.epochs.findIndex((entry) => entry.epoch === epoch);
  if (at === -1) return null;
  return state.epochs.slice(at + 1).reduce((seq, later) => Math.min(seq, later.lastCommonSeq), state.head.seq);
}
