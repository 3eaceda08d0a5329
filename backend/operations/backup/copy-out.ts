import type pg from 'pg';
import type { Connection } from '../../platform/database/pool.ts';

/** What waits to be read before the server is asked to pause, bytes. */
const HELD_BYTES = 1024 * 1024;

/** Runs a `copy … to stdout` and gives its bytes, as fast as they are read. Throws what the server says against it. */
export async function* copyOut(connection: Connection, sql: string): AsyncGenerator<Buffer> {
  const copy = new CopyOut(sql);
  connection.query(copy);
  yield* copy.chunks();
}

/** A statement as the client of pg runs it: it submits itself, and is told what the server answers. */
class CopyOut implements pg.Submittable {
  readonly text: string;
  /** The client and its pool set and call it. */
  callback: () => void = () => undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #paused: pg.Connection | null = null;
  #end: { readonly error: Error | null } | null = null;
  #wake: () => void = () => undefined;

  constructor(text: string) {
    this.text = text;
  }

  async *chunks(): AsyncGenerator<Buffer> {
    try {
      yield* this.#untilEnd();
    } finally {
      // The end may have come together with what it was asked to pause for: nobody would read the next answer.
      this.#goOn();
    }
  }

  async *#untilEnd(): AsyncGenerator<Buffer> {
    for (;;) {
      const held = this.#held;
      this.#held = [];
      this.#heldBytes = 0;
      if (held.length > 0) yield Buffer.concat(held);
      else if (this.#end?.error) throw this.#end.error;
      else if (this.#end !== null) return;
      else {
        const changed = new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
        this.#goOn();
        await changed;
      }
    }
  }

  #goOn(): void {
    this.#paused?.stream.resume();
    this.#paused = null;
  }

  submit(connection: pg.Connection): void {
    connection.query(this.text);
  }

  handleCopyData({ chunk }: { readonly chunk: Buffer }, connection: pg.Connection): void {
    // The parser uses its buffer again.
    this.#held.push(Buffer.from(chunk));
    this.#heldBytes += chunk.length;
    if (this.#heldBytes > HELD_BYTES && this.#paused === null) {
      this.#paused = connection;
      connection.stream.pause();
    }
    this.#wake();
  }

  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    this.#finish(null);
    this.callback();
  }

  handleError(error: Error): void {
    this.#finish(error);
    this.callback();
  }

  #finish(error: Error | null): void {
    this.#end ??= { error };
    this.#wake();
  }
}
