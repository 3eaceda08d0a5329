import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

const scope = new AsyncLocalStorage<AbortSignal>();

/** Runs the work so that each statement which it sends to a pool is cancelled in the database when the signal is aborted. */
export function withCancellation<Result>(signal: AbortSignal, work: () => Result): Result {
  return scope.run(signal, work);
}

/** As the driver says that it waits no longer. */
export const isUnanswered = (error: unknown): error is Error =>
  error instanceof Error && error.message === 'Query read timeout';

/** A pool whose statements end with the work that asked for them. Those of a transaction do not: who opened it ends it. */
export class CancellablePool extends pg.Pool {
  // pg's own overloads: text or configuration, parameters, and a callback.
  override query(...parameters: unknown[]): never {
    const signal = scope.getStore();
    const send = (to: { query: unknown }): unknown =>
      (to.query as (...all: unknown[]) => unknown).apply(to, parameters);
    if (signal === undefined || typeof parameters.at(-1) === 'function')
      return (super.query as (...all: unknown[]) => unknown)(...parameters) as never;
    return this.#sendUntil(signal, send) as never;
  }

  async #sendUntil(signal: AbortSignal, send: (to: pg.PoolClient) => unknown): Promise<unknown> {
    signal.throwIfAborted();
    const connection = await this.connect();
    let broken: Error | boolean = false;
    let cancelled: Promise<void> | null = null;
    const onError = (error: Error): void => {
      broken = error;
    };
    const onAbort = (): void => {
      // A cancellation that comes late would hit whatever the connection does next, so nothing comes next.
      broken = true;
      cancelled = this.#cancel(connection);
    };
    connection.on('error', onError);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      signal.throwIfAborted();
      return await send(connection);
    } catch (error) {
      // Its answer may still come, and would be taken for that of what is asked next.
      if (isUnanswered(error)) broken = true;
      throw signal.aborted ? signal.reason : error;
    } finally {
      signal.removeEventListener('abort', onAbort);
      await cancelled;
      connection.off('error', onError);
      connection.release(broken);
    }
  }

  /** Over a connection of its own, since those of the pool may all be waiting. When even that fails, the server's own time-out ends the statement. */
  async #cancel(connection: pg.PoolClient): Promise<void> {
    const processId = 'processID' in connection ? connection.processID : null;
    const client = new pg.Client(this.options);
    client.on('error', () => undefined);
    try {
      await client.connect();
      await client.query('select pg_cancel_backend($1)', [processId]);
    } catch {
      // Told above.
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}
