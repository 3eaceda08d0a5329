import type { JobName, JobSpec } from '../../jobs.ts';
import type { Queryable } from '../database/pool.ts';

/** One attempt at one occurrence of a job. */
export type JobRun = {
  /** The same for every attempt at this occurrence. */
  readonly id: string;
  /** 1 for the first. */
  readonly attempt: number;
  readonly data: JobData;
  /** Aborted when the time limit has passed, and when this process stops: the occurrence then belongs to somebody else. */
  readonly signal: AbortSignal;
  /**
   * Asked for in the transaction of an effect that must not come from an attempt that was given up: throws LostJob if this one was, else
   * keeps it from being given up until that transaction has ended.
   */
  fence(connection: Queryable): Promise<void>;
};

/** Texts that name an occurrence, such as its session date. */
export type JobData = Readonly<Record<string, string>>;

/** Does one occurrence, or throws why it has to be tried again. May run twice, so its effects must bear that or be fenced. */
export type JobHandler = (run: JobRun) => Promise<void>;

export type QueueState = {
  readonly queue: JobName;
  /** Occurrences that are due and that nobody has begun. */
  readonly depth: number;
  /** How long the first of them has been due; 0 without one. */
  readonly oldestSeconds: number;
  /** When an occurrence was last done, by whichever process; ms, null when that was never, or longer ago than is remembered. */
  readonly lastSuccess: number | null;
};

/** Work that has to be done once by one of many processes, kept where a crash does not lose it. */
export interface JobQueue {
  /** Begins to take up occurrences of a job here, and to make those that its trigger's cron calls for. */
  work(name: JobName, spec: JobSpec, handler: JobHandler): Promise<void>;

  /** Adds an occurrence, once for all processes: the same job and slot again adds nothing. */
  add(name: JobName, slot: string, data: JobData): Promise<void>;

  /** Of every job that is worked on here. */
  states(): Promise<readonly QueueState[]>;

  /** Takes up nothing more, aborts what runs and hands it back; resolves when this process has no part in it any more. */
  stop(): Promise<void>;
}

/** This attempt was given up, for its time limit or because its process did not answer; whatever it did not commit is not its to do. */
export class LostJob extends Error {
  constructor(name: string, id: string, attempt: number) {
    super(`attempt ${attempt} at ${name} (${id}) was given up, its effect is refused`);
    this.name = 'LostJob';
  }
}
