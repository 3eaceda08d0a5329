import { Recent } from '../../platform/recent.ts';
import type { Plan } from '../compiled/plan.ts';
import type { Admitted } from '../gate/gate.ts';
import type { Attempt } from './attempt.ts';

/** A request that was let in, by the text of its body: document and variables were read, checked and compiled once. */
export type Prepared = {
  readonly admitted: Admitted;
  readonly plan: Plan;
  /** Whether its answer may be given to others of the same audience. */
  readonly shareable: boolean;
};

/** An answer as it stood at a head of the public stream: made, or being made. */
type Answer = {
  readonly head: string;
  readonly made: Buffer | Attempt;
  /** What it is counted for among all that are kept. */
  readonly counted: number;
};

type Entry = { readonly prepared: Prepared; readonly answers: Map<string, Answer> };

/** An answer above this is made anew each time: few of them would drive out all others. */
const LARGEST_ANSWER = 256 * 1024;
/** Of an entry besides its texts: the request as it was read, and the maps. */
const ENTRY_BYTES = 2_000;

/** Requests that were prepared and their last answers, those used last; bounded by the bytes that they take. */
export class PreparedRequests {
  readonly #entries: Recent<Entry>;

  constructor(maxBytes: number) {
    this.#entries = new Recent(maxBytes);
  }

  get bytes(): number {
    return this.#entries.bytes;
  }

  get(body: string): Prepared | undefined {
    return this.#entries.get(body)?.prepared;
  }

  set(body: string, prepared: Prepared): void {
    if (this.#entries.get(body) === undefined)
      this.#entries.set(body, { prepared, answers: new Map() }, ENTRY_BYTES + 4 * body.length);
  }

  /** The answer for an audience, when the head is still where it was then; or the attempt to make it that is under way. */
  answer(body: string, audience: string, head: string): Buffer | Attempt | undefined {
    const answer = this.#entries.get(body)?.answers.get(audience);
    if (answer?.head !== head) return undefined;
    return 'isGivenUp' in answer.made && answer.made.isGivenUp ? undefined : answer.made;
  }

  /** `head` was read before the attempt began, so that the answer knows at least as much. Until it is over it is for all who ask the same. */
  keep(body: string, audience: string, head: string, attempt: Attempt): void {
    const answers = this.#entries.get(body)?.answers;
    if (answers === undefined) return;
    const counted = answers.get(audience)?.counted ?? 0;
    answers.set(audience, { head, made: attempt, counted });
    void attempt.bytes.then((bytes) => {
      if (answers.get(audience)?.made !== attempt) return;
      const isKept = bytes !== null && bytes.length <= LARGEST_ANSWER;
      const size = isKept ? bytes.length + audience.length : 0;
      if (isKept) answers.set(audience, { head, made: bytes, counted: size });
      else answers.delete(audience);
      if (this.#entries.get(body)?.answers === answers) this.#entries.grow(body, size - counted);
    });
  }
}
