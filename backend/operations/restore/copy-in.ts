import { once } from 'node:events';
import type pg from 'pg';
import type { Connection } from '../../platform/database/pool.ts';

/** What the client of pg has for it, and its types leave out. */
type CopyConnection = pg.Connection & {
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(reason: string): void;
};

/** Runs a `copy … from stdin` with these bytes. What the source throws ends it with nothing copied, and goes on; so does what the server says against it. */
export async function copyIn(connection: Connection, sql: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const copy = new CopyIn(sql, chunks);
  connection.query(copy);
  await copy.done;
}

/** A statement as the client of pg runs it: it submits itself, and is told what the server answers. */
class CopyIn implements pg.Submittable {
  readonly done: Promise<void>;
  /** The client and its pool set and call it. */
  callback: () => void = () => undefined;
  readonly #sql: string;
  readonly #chunks: AsyncIterable<Buffer>;
  readonly #settle: PromiseWithResolvers<void>;
  /** The first thing that went wrong, here or there. */
  #failure: { readonly error: unknown } | null = null;

  constructor(sql: string, chunks: AsyncIterable<Buffer>) {
    this.#sql = sql;
    this.#chunks = chunks;
    this.#settle = Promise.withResolvers();
    this.done = this.#settle.promise;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.#sql);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    void this.#send(connection);
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#finish();
  }

  handleError(error: Error): void {
    this.#failure ??= { error };
    this.#finish();
  }

  async #send(connection: CopyConnection): Promise<void> {
    try {
      for await (const chunk of this.#chunks) {
        if (this.#failure !== null) return;
        connection.sendCopyFromChunk(chunk);
        if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
      }
      connection.endCopyFrom();
    } catch (error) {
      this.#failure ??= { error };
      connection.sendCopyFail('what was to be copied could not be read');
    }
  }

  #finish(): void {
    if (this.#failure === null) this.#settle.resolve();
    else this.#settle.reject(this.#failure.error);
    this.callback();
  }
}
