import type { Position } from '../../log/event.ts';
import type { StreamState } from '../../log/read.ts';
import { resolvePosition } from '../../log/resolve-position.ts';
import { parseSignalEvent } from '../../signals/signal-event.ts';
import type { StoredSignal } from '../../signals/signals.service.ts';
import type { LogReader } from './ports.ts';
import { type ReadEvent, Ring } from './ring.ts';

/** Events of a page with what finds their signals. */
export type Page = {
  readonly events: readonly ReadEvent[];
  signals(ids: readonly string[]): Promise<ReadonlyMap<string, StoredSignal>>;
};

export const PAGE = 500;
const RING_EVENTS = 2_000;

/**
 * The one reader of a stream: how far it has been read, and its newest events. `generation` grows when the stream is not what it was, after a
 * restore or over a gap: then every place in it has to be found anew.
 */
export class Feed {
  readonly #reader: LogReader;
  readonly #ring = new Ring(RING_EVENTS);
  #state: StreamState = { head: { epoch: '', seq: 0 }, firstSeq: 1, epochs: [] };
  #epochs: ReadonlySet<string> = new Set();
  #head: Position = { epoch: '', seq: 0 };
  #live = false;
  /** Another incarnation of the stream was seen than the one that is read. */
  #isDoubtful = false;
  generation = 0;

  constructor(reader: LogReader) {
    this.#reader = reader;
  }

  /** The newest place that was read. */
  get head(): Position {
    return this.#head;
  }

  /** Whether the log could be read when it was last tried. */
  get live(): boolean {
    return this.#live;
  }

  get isOpen(): boolean {
    return this.generation > 0;
  }

  knows(epoch: string): boolean {
    return this.#epochs.has(epoch);
  }

  /** What was written since; empty when nothing was. Rejects while the database is away; what comes back then may be an older state of it. */
  async read(): Promise<readonly ReadEvent[]> {
    try {
      if (!this.#live || this.#isDoubtful) await this.#look();
      const logged = await this.#reader.after(this.#head.seq, PAGE);
      if (logged.some(({ epoch }) => !this.#epochs.has(epoch))) {
        const before = this.generation;
        await this.#look();
        if (this.generation !== before) return [];
      }
      const first = logged[0];
      // A partition was dropped before it was read here. Who stands before it finds that out for itself.
      if (first !== undefined && first.seq !== this.#head.seq + 1) this.#startAnew(first.epoch, first.seq - 1);
      const events = logged.map(parsed);
      if (events.length > 0) this.#ring.push(events, await this.#reader.signals(idsOf(events)));
      const last = events.at(-1);
      if (last !== undefined) this.#head = { epoch: last.logged.epoch, seq: last.logged.seq };
      this.#live = true;
      return events;
    } catch (error) {
      this.#live = false;
      throw error;
    }
  }

  /** Where the stream begins and ends, asked anew. */
  async state(): Promise<StreamState> {
    const state = await this.#reader.state();
    if (state.head.epoch !== this.#state.head.epoch) this.#isDoubtful = true;
    return state;
  }

  /** The state as it was last read. */
  get lastState(): StreamState {
    // What was read since is known to be there.
    const seq = Math.max(this.#state.head.seq, this.#head.seq);
    return { ...this.#state, head: { ...this.#state.head, seq } };
  }

  /** Up to a page of events after `seq`, from memory where they are in it. */
  async after(seq: number): Promise<Page> {
    const held = this.#ring.after(seq, PAGE);
    if (held !== null && held.length > 0) return { events: held, signals: (ids) => this.signals(ids) };
    const events = (await this.#reader.after(seq, PAGE)).map(parsed);
    return { events, signals: (ids) => this.#reader.signals(ids) };
  }

  /** Of events that are held, or just were. */
  async signals(ids: readonly string[]): Promise<ReadonlyMap<string, StoredSignal>> {
    const found = new Map<string, StoredSignal>();
    for (const id of ids) {
      const stored = this.#ring.signal(id);
      // It left the ring while the page was on its way.
      if (stored === undefined) return this.#reader.signals(ids);
      found.set(id, stored);
    }
    return found;
  }

  /** Finds its own place again, at the start and after an absence. */
  async #look(): Promise<void> {
    const state = await this.#reader.state();
    this.#state = state;
    this.#epochs = new Set(state.epochs.map(({ epoch }) => epoch));
    this.#isDoubtful = false;
    if (!this.isOpen) {
      // A page of what came before is read first, so that clients who come back find it in memory.
      this.#startAnew(state.head.epoch, Math.max(state.firstSeq - 1, state.head.seq - PAGE));
      return;
    }
    const place = resolvePosition(state, this.#head);
    if (place === this.#head.seq && state.head.epoch === this.#head.epoch) return;
    const seq = typeof place === 'number' ? place : (place.lastCommonSeq ?? state.head.seq);
    this.#startAnew(state.head.epoch, Math.min(seq, state.head.seq));
  }

  #startAnew(epoch: string, seq: number): void {
    this.#ring.clear();
    this.#head = { epoch, seq };
    this.generation += 1;
  }
}

function parsed({ body, ...logged }: Parameters<typeof parseSignalEvent>[0] & ReadEvent['logged']): ReadEvent {
  return { logged, body: parseSignalEvent({ body, schemaVersion: logged.schemaVersion, seq: logged.seq }) };
}

export function idsOf(events: readonly Pick<ReadEvent, 'body'>[]): string[] {
  return [...new Set(events.map(({ body }) => body.facts.signalId))];
}
