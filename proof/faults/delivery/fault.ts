import type { World } from './world.ts';

/** One fault of the list: what is promised when it happens, and how it is made to happen. */
export type Fault = {
  readonly id: string;
  readonly title: string;
  /** Beside: nothing lost, doubled or out of order at the callback, and every long silence told. */
  readonly promise: string;
  /** Opens what it needs, strikes, mends; what is wrong goes into `world.faults`. Ends with `world.settle`. */
  readonly strike: (world: World) => Promise<void>;
};
