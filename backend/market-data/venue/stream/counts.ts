import type { RefusedMessage } from '../messages.ts';

/** What should be logged about messages that cannot be read. */
type Notable = { readonly count: number; readonly reason: string; readonly raw: string };

/** Types that we tell apart; a hostile server could name any number of them. */
const MOST_TYPES = 20;

/** What a stream has met since it began. */
export class StreamCounts {
  #connections = 0;
  #connectedAt: number | null = null;
  #bars = 0;
  #lastBarAt: number | null = null;
  #malformed = 0;
  readonly #unknown = new Map<string, number>();

  read() {
    return {
      connections: this.#connections,
      connectedAt: this.#connectedAt,
      bars: this.#bars,
      lastBarAt: this.#lastBarAt,
      unreadable: {
        malformed: this.#malformed,
        unknown: [...this.#unknown.values()].reduce((sum, count) => sum + count, 0),
      },
      /** Messages of unknown types, by what was said of the type. */
      unknownTypes: Object.fromEntries(this.#unknown),
    };
  }

  connected(at: number): void {
    this.#connections += 1;
    this.#connectedAt = at;
  }

  bar(at: number): void {
    this.#bars += 1;
    this.#lastBarAt = at;
  }

  /** Something to log at the first, second, fourth, eighth ... of a kind: a flood of frames is no flood of lines. */
  refused({ cause, reason, raw }: RefusedMessage): Notable | null {
    const count = cause === 'MALFORMED' ? this.#countMalformed() : this.#countUnknown(reason);
    return Number.isInteger(Math.log2(count)) ? { count, reason, raw } : null;
  }

  #countMalformed(): number {
    this.#malformed += 1;
    return this.#malformed;
  }

  #countUnknown(reason: string): number {
    const type = this.#unknown.has(reason) || this.#unknown.size < MOST_TYPES ? reason : 'other';
    const count = (this.#unknown.get(type) ?? 0) + 1;
    this.#unknown.set(type, count);
    return count;
  }
}
