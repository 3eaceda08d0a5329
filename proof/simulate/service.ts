import { Gateway } from '../../backend/delivery/gateway/gateway.ts';
import type { GatewaySubscription } from '../../backend/delivery/gateway/group.ts';
import type { StreamItem } from '../../backend/delivery/stream-item.ts';
import type { CursorCodec } from '../../backend/log/cursor.ts';
import { canonicalJson } from '../../backend/platform/canonical-json.ts';
import type { Random } from '../../backend/platform/random.ts';
import { filterHash, type SignalFilter } from '../../backend/signals/signal-filter.ts';
import type { Bug } from './bugs.ts';
import type { Bus, BusEnd } from './bus.ts';
import type { Seen } from './seen.ts';
import type { StoredLog } from './stored-log.ts';
import type { VirtualTime } from './virtual-time.ts';
import type { Wire } from './wire.ts';

export const POLL_MS = 500;
export const CHECKPOINT_MS = 5_000;
const DRAIN_WITHIN_MS = 2_000;

export type Wish = {
  readonly after: string | null;
  readonly from: 'BEGINNING' | 'LIVE';
  readonly maxBatch: number;
  readonly filter: SignalFilter;
};

type Surroundings = {
  readonly time: VirtualTime;
  readonly random: Random;
  readonly log: StoredLog;
  readonly bus: Bus;
  readonly codec: CursorCodec;
  readonly bug: Bug | null;
  /** Bytes that each event has more than it needs. */
  readonly padding: number;
  readonly seen: Seen;
};

/** One process of the service, as far as subscriptions are concerned: the real gateway between a log and wires that are simulated. */
export class Service {
  readonly #surroundings: Surroundings;
  readonly #gateway: Gateway;
  readonly #end: BusEnd;
  readonly #open = new Map<Wire, GatewaySubscription>();
  isUp = true;
  executed = 0;

  constructor(surroundings: Surroundings) {
    const { time, log, bus, codec, bug, seen } = surroundings;
    this.#surroundings = surroundings;
    this.#end = bus.connect(bug);
    const slow = (): void => {
      seen.slow += 1;
    };
    this.#gateway = new Gateway({
      ...{ reader: log, wakeUp: this.#end, timers: time, dataClock: time, wallClock: time, codec },
      ...{ stream: 'public', pollMs: POLL_MS, checkpointMs: CHECKPOINT_MS },
      flush: () => {
        for (const wire of this.#open.keys()) wire.flush();
      },
      onFailure: () => undefined,
      watch: { executed: () => undefined, sent: () => undefined, slow },
    });
  }

  get groups(): number {
    return this.#gateway.groups;
  }

  subscribe({ filter, ...wish }: Wish, wire: Wire): void {
    const { time, random, padding } = this.#surroundings;
    const render = async (item: StreamItem): Promise<Buffer> => {
      this.executed += 1;
      if (random.chance(0.1)) await time.sleep(random.integer(0, 4));
      return Buffer.from(JSON.stringify(shown(item, padding)));
    };
    const group = { key: canonicalJson(filter), filter, filterHash: filterHash(filter), render };
    this.#open.set(wire, this.#gateway.subscribe({ ...wish, group }, wire));
  }

  /** The client has gone. */
  left(wire: Wire): void {
    this.#open.get(wire)?.leave();
    this.#open.delete(wire);
  }

  /** Killed: every line is cut in the middle of whatever was on it. */
  async kill(): Promise<void> {
    this.isUp = false;
    this.#end.close();
    for (const wire of [...this.#open.keys()]) {
      wire.cut('reset');
      this.left(wire);
    }
    await this.#gateway.close();
  }

  /** Asked to go: clients are told, one after the other. */
  async drain(): Promise<void> {
    const { time, random } = this.#surroundings;
    this.isUp = false;
    for (const [wire, subscription] of [...this.#open]) {
      await subscription.farewell('SHUTTING_DOWN', DRAIN_WITHIN_MS);
      wire.close('1012 restart');
      this.#open.delete(wire);
      await time.sleep(random.integer(0, 50));
    }
    this.#end.close();
    await this.#gateway.close();
  }
}

function shown(item: StreamItem, padding: number) {
  if (item.kind === 'problem') return { ...item, cursor: null, previousCursor: null, events: [], live: false };
  const nothing = { code: null, earliestCursor: null, lastCommonCursor: null };
  const { kind, cursor, previousCursor } = item;
  if (kind === 'checkpoint') return { ...{ kind, cursor, previousCursor, live: item.live, events: [] }, ...nothing };
  const events = item.events.map(({ event: { epoch, seq }, signal }) => ({
    epoch,
    seq,
    signal: signal !== undefined,
    padding: '.'.repeat(padding),
  }));
  return { ...{ kind, cursor, previousCursor, live: false, events }, ...nothing };
}
