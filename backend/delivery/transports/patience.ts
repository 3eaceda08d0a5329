/** So long a subscription that nobody shares has to say why it ends, ms. */
export const FAREWELL_MS = 100;
/** After so long a client comes back that nobody told when, ms; spread, so that not all of them come at once. `random` is uniform, 0 to 1. */
export const comeBackMs = (random: number): number => Math.round(1_000 + 2_000 * random);
/** So long a client that takes nothing keeps its connection after it was told that it ends, ms. */
export const GRACE_MS = 5_000;
