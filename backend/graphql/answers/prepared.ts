import type { Plan } from '../compiled/plan.ts';
import type { Admitted } from '../gate/gate.ts';

/** A request that was let in, by the text of its body: document and variables were read, checked and compiled once. */
export type Prepared = {
  readonly admitted: Admitted;
  readonly plan: Plan;
  /** Whether its answer may be given to others of the same audience. */
  readonly shareable: boolean;
};

/** An answer as it stood at a head of the public stream. */
type Answer = { readonly head: string; readonly bytes: Buffer };

type Entry = { readonly prepared: Prepared; readonly answers: Map<string, Answer>; bytes: number };

/** An answer above this is made anew each time: few of them would drive out all others. */
const LARGEST_ANSWER = 256 * 1024;
/** Of an entry besides its texts: the request as it was read, and the maps. */
const ENTRY_BYTES = 2_000;

/** Requests that were prepared and their last answers, those used last; bounded by the bytes that they take. */
export class PreparedRequests {
  readonly #entries = new Map<string, Entry>();
  readonly #maxBytes: number;
  #bytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get(body: string): Prepared | undefined {
    const entry = this.#entries.get(body);
    if (entry === undefined) return undefined;
    this.#entries.delete(body);
    this.#entries.set(body, entry);
    return entry.prepared;
  }

  set(body: string, prepared: Prepared): void {
    if (this.#entries.has(body)) return;
    const bytes = ENTRY_BYTES + 4 * body.length;
    this.#entries.set(body, { prepared, answers: new Map(), bytes });
    this.#grow(bytes);
  }

  /** The answer for an audience, when the head is still where it was then. */
  answer(body: string, audience: string, head: string): Buffer | undefined {
    const answer = this.#entries.get(body)?.answers.get(audience);
    return answer?.head === head ? answer.bytes : undefined;
  }

  /** `head` was read before the answer was made, so that the answer knows at least as much. */
  keep(body: string, audience: string, head: string, bytes: Buffer): void {
    const entry = this.#entries.get(body);
    if (entry === undefined || bytes.length > LARGEST_ANSWER) return;
    const before = entry.answers.get(audience);
    const grown = bytes.length - (before?.bytes.length ?? -audience.length);
    entry.answers.set(audience, { head, bytes });
    entry.bytes += grown;
    this.#grow(grown);
  }

  #grow(bytes: number): void {
    this.#bytes += bytes;
    for (const [oldest, entry] of this.#entries) {
      if (this.#bytes <= this.#maxBytes) return;
      this.#entries.delete(oldest);
      this.#bytes -= entry.bytes;
    }
  }
}
