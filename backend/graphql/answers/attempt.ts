import type { RequestContext } from '../../platform/graphql/context.ts';
import { startDeadline } from '../../platform/graphql/deadline.ts';

export type AttemptParts = {
  readonly timeoutMs: number;
  /** Makes the text of the answer. Rejects at anything but plain success. */
  readonly make: (context: Pick<RequestContext, 'signal' | 'begun'>) => Promise<string>;
};

/** An answer that is being made, for one or for many who wait. Given up when the time is over, or when all of them have gone. */
export class Attempt {
  /** Null when it was no success; never rejects. */
  readonly bytes: Promise<Buffer | null>;
  /** What the fields of the query answered, so that whoever has to find out what was wrong asks none of them again. */
  readonly begun = new Map<string | number, unknown>();
  readonly #end: () => void;
  #waiting = 0;
  #isOver = false;
  #isGivenUp = false;

  constructor({ timeoutMs, make }: AttemptParts) {
    const deadline = startDeadline(timeoutMs);
    this.#end = () => deadline.end();
    this.bytes = deadline
      .run(() => make({ signal: deadline.signal, begun: this.begun }))
      .then(
        (text) => Buffer.from(text),
        () => null,
      )
      .finally(() => {
        this.#isOver = true;
        deadline.stop();
      });
  }

  /** Nobody waits any more, so that it came to nothing. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** Somebody waits; call the answer when nobody does any more. */
  join(): () => void {
    this.#waiting += 1;
    return () => {
      this.#waiting -= 1;
      if (this.#waiting > 0 || this.#isOver) return;
      this.#isGivenUp = true;
      this.#end();
    };
  }
}
