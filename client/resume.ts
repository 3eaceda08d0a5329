import { sleep } from './backoff.ts';
import type { CursorStore } from './cursor-store.ts';
import { placeOf, withEvents } from './placed-result.ts';
import { Position } from './position.ts';
import { type Interruption, isPassing, type ProblemPolicy, Recovery } from './recovery.ts';

export type ResumeOptions = {
  /** Read once at the first subscription; what is stored there wins over the variable `after`. Save the cursor of an item when its effect is done. */
  readonly store?: CursorStore | undefined;
  /** What to do when the cursor does not continue. Default `throw`: the subscription fails with a StreamProblemError. */
  readonly onProblem?: ProblemPolicy | undefined;
};

export type Request = { readonly query: string; readonly variables?: Variables | null | undefined };
export type Variables = Record<string, unknown>;
export type Result = { readonly data?: unknown };

/** Where results go, as every client has it. */
export interface Sink<R extends Result> {
  next(result: R): void;
  error(error: unknown): void;
  complete(): void;
}

/** Subscribes somebody else's client, which reads the variables anew whenever it connects again; the result unsubscribes. */
export type Open<R extends Result> = (variables: Variables, sink: Sink<R>) => () => void;

/**
 * Keeps a subscription of somebody else's client on its stream: whenever that client connects again it finds the last cursor in `after`;
 * what comes twice is dropped; what was skipped is asked for once more, and a GapError when it is skipped again.
 */
export function resume<R extends Result>(
  open: Open<R>,
  { query, variables }: Request,
  sink: Sink<R>,
  options: ResumeOptions,
): () => void {
  if (!isResumable(query)) return open(variables ?? {}, sink);
  const left = new AbortController();
  new Resumption(open, variables ?? {}, sink, options, left.signal).start().catch((error: unknown) => {
    if (!left.signal.aborted) sink.error(error);
  });
  return () => left.abort();
}

/** Only a subscription that takes `$after` has a place to go on from. */
function isResumable(query: string): boolean {
  return /(?:^|[\s}])subscription\b[\s\S]*?\$after\s*:/.test(query);
}

class Resumption<R extends Result> {
  readonly #open: Open<R>;
  readonly #variables: Variables;
  readonly #sink: Sink<R>;
  readonly #options: ResumeOptions;
  readonly #left: AbortSignal;
  #position = new Position(undefined);
  #recovery = new Recovery(this.#position, {}, 'throw');

  constructor(open: Open<R>, variables: Variables, sink: Sink<R>, options: ResumeOptions, left: AbortSignal) {
    this.#open = open;
    this.#variables = variables;
    this.#sink = sink;
    this.#options = options;
    this.#left = left;
  }

  async start(): Promise<void> {
    const { after } = this.#variables;
    const stored = await this.#options.store?.load();
    this.#position = new Position(stored ?? (typeof after === 'string' ? after : undefined));
    this.#recovery = new Recovery(this.#position, {}, this.#options.onProblem ?? 'throw');
    while (!this.#left.aborted) {
      const interruption = await this.#once();
      if (interruption === null || this.#left.aborted) return;
      const { waitMs } = await this.#recovery.after(interruption);
      await sleep(waitMs, this.#left);
    }
  }

  /** One subscription: resolves with what calls for another one, or with null when the client is done with it. */
  #once(): Promise<Interruption | null> {
    return new Promise((resolve, reject) => {
      let over = false;
      const end = () => {
        over = true;
        this.#left.removeEventListener('abort', leave);
        // What the client calls from within its own subscribe comes before there is anything to leave.
        queueMicrotask(() => unsubscribe());
      };
      const leave = () => {
        end();
        resolve(null);
      };
      const unsubscribe = this.#open(liveVariables(this.#variables, this.#position), {
        next: (result) => {
          if (over) return;
          try {
            const interruption = this.#take(result);
            if (interruption === null) return;
            end();
            resolve(interruption);
          } catch (error) {
            end();
            reject(error);
          }
        },
        error: (error) => {
          if (over) return;
          end();
          reject(error);
        },
        complete: () => {
          if (over) return;
          leave();
          this.#sink.complete();
        },
      });
      this.#left.addEventListener('abort', leave);
    });
  }

  #take(result: R): Interruption | null {
    const item = placeOf(result.data);
    if (item !== null && 'problem' in item && !isPassing(item.problem)) return { kind: 'problem', ...item };
    if (item === null || 'problem' in item) {
      this.#sink.next(result);
      return null;
    }
    const step = this.#position.advance(item);
    if (step.kind === 'gap') return step;
    this.#recovery.progressed(step.kind === 'step' && step.moved);
    if (step.kind === 'step') this.#sink.next(withEvents(result, step.events));
    return null;
  }
}

/** Its `after` is read when a client writes the variables down, so that each connection asks from where the last one got to. */
function liveVariables(variables: Variables, position: Position): Variables {
  return {
    ...variables,
    get after() {
      return position.cursor ?? variables['after'];
    },
  };
}
