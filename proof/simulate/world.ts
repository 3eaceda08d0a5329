import type { Random } from '../../backend/platform/random.ts';
import type { Bus } from './bus.ts';
import type { Client } from './client.ts';
import type { Seen } from './seen.ts';
import type { Service } from './service.ts';
import type { StoredLog } from './stored-log.ts';
import type { VirtualTime } from './virtual-time.ts';

/** Everything that takes part in a run. */
export type World = {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly log: StoredLog;
  readonly bus: Bus;
  readonly services: Service[];
  readonly clients: readonly Client[];
  readonly faults: string[];
  /** Bytes that each event has more than it needs. */
  readonly padding: number;
  readonly seen: Seen;
};
