import type { LoggedEvent } from '../log/event.ts';
import type { EventOfSignal, StoredSignal } from '../signals/signals.service.ts';
import type { ProblemCode } from './start.ts';

/** A matching event with its signal as it stands now. */
export type StreamedEvent = {
  readonly event: EventOfSignal & Pick<LoggedEvent, 'recordedAt'>;
  readonly signal: StoredSignal;
};

export type EventBatch = {
  readonly kind: 'batch';
  readonly events: readonly StreamedEvent[];
  readonly cursor: string;
  readonly previousCursor: string | null;
  readonly lagMs: number;
};

export type Checkpoint = {
  readonly kind: 'checkpoint';
  readonly cursor: string;
  readonly previousCursor: string | null;
  readonly headCursor: string;
  readonly serverTime: number;
  readonly live: boolean;
};

export type Problem = {
  readonly kind: 'problem';
  readonly code: ProblemCode;
  readonly message: string;
  readonly earliestCursor: string | null;
  readonly headCursor: string;
  readonly lastCommonCursor: string | null;
  readonly retryAfterMs: number | null;
};

/** What a subscription to signals sends. */
export type StreamItem = EventBatch | Checkpoint | Problem;

/** The credential has expired, was revoked or allows less than it did. Which of them, a new attempt will show. */
export const REAUTHENTICATE = {
  code: 'REAUTHENTICATE',
  message: 'The credential is not what it was; come back with one that is good, and with the cursor that you hold.',
} as const;

export const SHUTTING_DOWN = {
  code: 'SHUTTING_DOWN',
  message: 'This process is going away; come back with the cursor that you hold.',
} as const;

export const CONSUMER_TOO_SLOW = {
  code: 'CONSUMER_TOO_SLOW',
  message: 'More was waiting for this client than is kept for one; come back with the cursor that you hold.',
} as const;
