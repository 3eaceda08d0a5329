/** How slow is too slow, in seconds at the 95th percentile: what we aim for, when more pods come, when we look, when we worry. */
export const latencyLadder = { target: 0.5, scale: 0.5, warn: 0.75, high: 1 } as const;
