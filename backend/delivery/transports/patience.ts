/** So long a subscription that nobody shares has to say why it ends, ms. */
export const FAREWELL_MS = 100;
/** So long a client that takes nothing keeps its connection after it was told that it ends, ms. */
export const GRACE_MS = 5_000;
