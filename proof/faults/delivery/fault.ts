import type { World } from './world.ts';

/** One fault of the list: what is promised when it happens, and how it is made to happen. */
export type Fault = {
  readonly id: string;
  readonly title: string;
  /** Beside: nothing lost, doubled or out of order at the callback, and every long silence told. */
  readonly promise: string;
  /** What of that is judged where waits and heartbeats are shorter than the stated ones; without it, all. */
  readonly scaled?: string;
  /** It takes nothing that a fault before has left, and leaves nothing to the next one. */
  readonly isAlone?: true;
  /** Its database lies on a file system of its own of this size. */
  readonly diskMiB?: number;
  /** It takes more than some 20 s even where all waits are short. */
  readonly isLong?: true;
  /** Opens what it needs, strikes, mends; what is wrong goes into `world.faults`. Afterwards all must be as usual. */
  readonly strike: (world: World) => Promise<void>;
};
