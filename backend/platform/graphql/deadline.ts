import { withCancellation } from '../database/cancellation.ts';
import { UserError } from '../errors.ts';

/** Said as well when the database itself gave up a statement. */
export const TOO_LONG = 'The answer took too long to find; ask for less.';

/** The time that one operation has. */
export type Deadline = {
  /** Aborted when the time is over, or when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Runs the work; its statements are cancelled with the signal. */
  run<Result>(work: () => Result): Result;
  /** Call when the answer is out or nobody wants it. */
  end(): void;
  /** Call when the work is done: there is nothing to end. */
  stop(): void;
};

export function startDeadline(timeoutMs: number): Deadline {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new UserError('TIMEOUT', TOO_LONG)), timeoutMs);
  timer.unref();
  return {
    signal: controller.signal,
    run: (work) => withCancellation(controller.signal, work),
    end: () => {
      clearTimeout(timer);
      controller.abort(LEFT);
    },
    stop: () => clearTimeout(timer),
  };
}

// One for all: it ends every request, also those that had their answer, and where it was made says nothing.
const LEFT = new UserError('CLIENT_LEFT', 'The client left before it had its answer.');
