import type { CursorContent } from '../log/cursor.ts';
import type { StreamState } from '../log/read.ts';
import { resolvePosition } from '../log/resolve-position.ts';

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

  return resolvePosition(state, position);
}
