import type { Cursor, StreamProblem } from './types.ts';

/** Why following ended. Everything that a reconnect can heal never gets here. */
export class FollowError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/**
 * The stream skipped something, and skipped it again when asked from the last good cursor. Whoever accepts the loss goes on with
 * `follow({ after: error.nextCursor })`.
 */
export class GapError extends FollowError {
  /** Everything up to here has arrived. */
  readonly lastCursor: Cursor;
  /** Where the stream goes on; null when the server took the subscription for one without a cursor. */
  readonly nextCursor: Cursor | null;

  constructor(lastCursor: Cursor, nextCursor: Cursor | null) {
    super('GAP', `The stream skipped events after cursor ${lastCursor}, and skipped them again when asked once more`);
    this.lastCursor = lastCursor;
    this.nextCursor = nextCursor;
  }
}

/** The cursor does not continue: too old, of another history or of another filter. The problem says which cursors would. */
export class StreamProblemError extends FollowError {
  readonly problem: StreamProblem;

  constructor(problem: StreamProblem) {
    super(problem.code, problem.message);
    this.problem = problem;
  }
}

export type ServerError = {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly locations?: readonly unknown[];
  readonly extensions?: Readonly<Record<string, unknown>>;
};

/** The server will never take this request: asking again would be answered the same. */
export class RefusedError extends FollowError {
  readonly errors: readonly ServerError[];

  constructor(message: string, errors: readonly ServerError[] = []) {
    super('REFUSED', message);
    this.errors = errors;
  }
}

const PASSING_CODES: ReadonlySet<unknown> = new Set([
  'INTERNAL_SERVER_ERROR',
  'UNAVAILABLE',
  'SERVICE_UNAVAILABLE',
  'RATE_LIMITED',
  'OVERLOADED',
  'TIMEOUT',
]);

/**
 * Whether GraphQL errors are about the request itself. A document or variable that is refused has a place in the document and no path in
 * the data; what fails while it runs (a database that restarts) has a path or neither, and passes.
 */
export function isLasting(errors: readonly ServerError[]): boolean {
  return errors.some(({ extensions, path, locations }) => {
    const code = extensions?.['code'];
    return code === undefined ? path === undefined && locations !== undefined : !PASSING_CODES.has(code);
  });
}

/** A message as the beginning of a longer sentence. */
export function withoutFullStop(message: string): string {
  return message.replace(/\.$/, '');
}

/** The first message, and how many more there are. */
export function summary(errors: readonly ServerError[]): string {
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  return `${withoutFullStop(errors[0]?.message ?? 'an error without a message')}${more}`;
}
