import type { OwnedByLabels } from './family.ts';
import { google } from './google.ts';
import { kubernetes } from './kubernetes.ts';
import { prometheus } from './prometheus.ts';

export type { ForeignFamily } from './family.ts';

/** Every series that we use and do not emit, by the key that code calls it by. */
export const foreign = { ...prometheus, ...kubernetes, ...(google satisfies OwnedByLabels<typeof google>) } as const;
export type Foreign = typeof foreign;
