import type pg from 'pg';
import type { Connection } from '../../platform/database/pool.ts';

/** Runs a `copy … from stdin` whose rows are all there already. Throws what the server says against it; then nothing is stored. */
export function copyIn(connection: Connection, sql: string, rows: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error: Error | null) => (error === null ? resolve() : reject(error));
    // The types know no callback after a statement of one's own. With it, a pool that times its statements sees this one too.
    (connection.query as (statement: pg.Submittable, done: (error: Error | null) => void) => void)(
      new CopyIn(sql, rows),
      done,
    );
  });
}

/** CopyDone, which has no body: https://www.postgresql.org/docs/18/protocol-message-formats.html. */
const COPY_DONE = Buffer.from('c\0\0\0\x04', 'latin1');

/** A statement as the client of pg runs it: it submits itself, and is told what the server answers. */
class CopyIn implements pg.Submittable {
  readonly text: string;
  readonly #rows: Buffer;
  /** The client sets it. */
  callback: ((error: Error | null) => void) | null = null;

  constructor(text: string, rows: Buffer) {
    this.text = text;
    this.#rows = rows;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.text);
  }

  /** The server asks for the rows: they leave in one write, with the end behind them. */
  handleCopyInResponse({ stream }: pg.Connection): void {
    const head = Buffer.alloc(5, 'd');
    head.writeInt32BE(4 + this.#rows.length, 1);
    stream.cork();
    for (const part of [head, this.#rows, COPY_DONE]) stream.write(part);
    stream.uncork();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.callback?.(null);
  }

  /** What the server has not read of the rows by now, it skips. */
  handleError(error: Error): void {
    this.callback?.(error);
  }
}
