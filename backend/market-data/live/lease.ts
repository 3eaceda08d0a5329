import type { AdvisoryLease, Held } from '../../platform/database/advisory-lease.ts';

export type { Held };

/** The right to be an account's one connection. */
export type Lease = Pick<AdvisoryLease, 'acquire'>;
