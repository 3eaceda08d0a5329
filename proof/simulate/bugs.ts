/** Mistakes that can be built in, to see that they are found. */
export const BUGS = ['seq-before-write', 'checkpoint-skipped', 'wake-up-trusted'] as const;
export type Bug = (typeof BUGS)[number];
