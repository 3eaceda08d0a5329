/** A row of the table of what may be lost: how it was rehearsed, and what came of it. */
export type Rehearsal = {
  readonly name: string;
  /** What is promised, seconds. */
  readonly objective: { readonly rto: number; readonly rpo: number };
  /** What was measured, seconds. */
  readonly achieved: { readonly rto: number; readonly rpo: number };
  readonly shown: string;
  readonly notShown: string;
  readonly faults: readonly string[];
};

export const MINUTE = 60;
export const HOUR = 3_600;

/** The rehearsal with what it missed of its objective among its faults. */
export function judged(rehearsal: Rehearsal): Rehearsal {
  const { name, objective, achieved } = rehearsal;
  const missed = (['rto', 'rpo'] as const).flatMap((what) =>
    achieved[what] <= objective[what]
      ? []
      : [`${name}: ${what.toUpperCase()} ${achieved[what].toFixed(1)} s, expected at most ${objective[what]} s`],
  );
  return { ...rehearsal, faults: [...rehearsal.faults, ...missed] };
}
