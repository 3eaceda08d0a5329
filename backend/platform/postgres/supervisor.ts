import { setTimeout as sleep } from 'node:timers/promises';
import { type Postmaster, shutDown } from './postmaster.ts';

/** What is told about the database's life. `message` is a sentence; the rest is for machines. */
export type LogEvent = { level: 'info' | 'warn' | 'error'; message: string; [key: string]: unknown };

export type Supervisor = {
  readonly current: () => Postmaster;
  readonly restarts: () => number;
  /** No more restarts; the server is shut down when this resolves. */
  stop(): Promise<void>;
};

type SupervisorOptions = {
  readonly first: Postmaster;
  /** Starts the server again on the same port and files; throws when that fails. */
  readonly start: () => Promise<Postmaster>;
  readonly log: (event: LogEvent) => void;
  /** Called once when the supervisor gives up. */
  readonly onFailed: (error: Error) => void;
  /** Milliseconds, from any origin. */
  readonly now: () => number;
};

/** So many failures within the window mean that another attempt helps nobody. */
const FAILURES_ALLOWED = 5;
const WINDOW_MS = 60_000;
/** A failed start is a failure, and so is a server that ends within this time; one that lived longer was brought down from outside. */
const EARLY_MS = 2_000;
/** Before each attempt; the first comes at once. */
const PAUSES_MS = [0, 200, 500, 1_500, 3_000] as const;

/** Brings the server back when it dies, until `stop`. */
export function supervise(options: SupervisorOptions): Supervisor {
  const stopping = new AbortController();
  let current = options.first;
  let readySince = options.now();
  let restarts = 0;
  const failures: number[] = [];

  const watch = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      const how = await current.exited;
      if (stopping.signal.aborted) return;
      options.log({ level: 'warn', message: 'The database ended and is started again.', pid: current.pid, how });
      if (options.now() - readySince < EARLY_MS) failures.push(options.now());
      const next = await bringBack(how);
      if (next === null) return;
      current = next;
      readySince = options.now();
      restarts += 1;
      options.log({ level: 'info', message: 'The database is back.', pid: current.pid, restarts });
    }
  };

  const bringBack = async (how: string): Promise<Postmaster | null> => {
    let last: unknown = new Error(`the server ended (${how})`);
    while (recentFailures().length < FAILURES_ALLOWED) {
      await sleep(PAUSES_MS[recentFailures().length], null, { signal: stopping.signal }).catch(() => null);
      if (stopping.signal.aborted) return null;
      try {
        return await options.start();
      } catch (error) {
        last = error;
        failures.push(options.now());
        options.log({ level: 'warn', message: 'The database did not start.', error: String(error) });
      }
    }
    return giveUp(last);
  };

  const recentFailures = () => failures.filter((at) => at > options.now() - WINDOW_MS);

  const giveUp = (cause: unknown): null => {
    const message = `The database failed ${FAILURES_ALLOWED} times within a minute and is not started again: ${cause instanceof Error ? cause.message : cause}`;
    options.log({ level: 'error', message });
    options.onFailed(new Error(message, { cause }));
    return null;
  };

  const watching = watch();
  return {
    current: () => current,
    restarts: () => restarts,
    stop: async () => {
      stopping.abort();
      await shutDown(current);
      await watching;
      // One that was just being brought back.
      await shutDown(current);
    },
  };
}
