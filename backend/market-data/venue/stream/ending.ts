import type { UserError } from '../../../platform/errors.ts';

/** Why a connection is over. */
export type Ending =
  | { readonly kind: 'STOPPED' }
  /** Only a person can change it. */
  | { readonly kind: 'FATAL'; readonly error: UserError }
  | {
      readonly kind: 'RETRY';
      readonly reason: string;
      /** What the venue said: a code of the stream, or the status of a refused handshake. */
      readonly code?: number;
      /** The least that the server wants us to wait. */
      readonly retryAfterMs?: number;
    };
