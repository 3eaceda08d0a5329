import type { Label } from '../../backend/metrics/family.ts';

/** A metric family that somebody else emits, as far as we use it: only the labels that we match or keep. */
export type ForeignFamily = Common &
  ({ readonly type: 'counter' | 'gauge' } | { readonly type: 'histogram'; readonly buckets: readonly number[] });

type Common = {
  readonly name: string;
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, Label>>;
  /** Where its emitter documents it. */
  readonly source: string;
  /** What we have seen emit it; UNVERIFIED: the page is all that we have. */
  readonly seen: string;
  /** Labels that say that a series is of one stack, where all of a project is asked. */
  readonly own?: Readonly<Record<string, Own>>;
};

/** Families whose `own` names labels of theirs alone: another one would select nothing, in the cloud alone, where no test of ours asks. */
export type OwnedByLabels<Families> = {
  readonly [Key in keyof Families]: Families[Key] extends { readonly labels: infer Labels; readonly own: infer Owns }
    ? { readonly own: Readonly<Record<Exclude<keyof Owns, keyof Labels>, never>> }
    : unknown;
};

/** `{stack}` is how all that is a stack's is called, or begins to be; `{domain}` is where it is served. */
type Own = { readonly is: string } | { readonly pattern: string };
