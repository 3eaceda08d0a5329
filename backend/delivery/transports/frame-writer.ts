import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Outbox, Sender } from './outbox.ts';

/**
 * The way out of a WebSocket: whole frames, written to the socket itself, all of a moment in one write. The package ws would write the head and
 * the body of each by itself.
 */
export class FrameWriter implements Sender {
  readonly #outbox: Outbox;
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  /** What leaves with the next flush. Mostly that is one frame. */
  #first: Buffer | null = null;
  #others: Buffer[] | null = null;
  #held = 0;
  #onDrained: (() => void)[] | null = null;
  /** Ends with the work that was begun last; null when there is none. */
  #turn: Promise<void> | null = null;

  constructor(outbox: Outbox, socket: WebSocket, stream: Socket) {
    this.#outbox = outbox;
    this.#socket = socket;
    this.#stream = stream;
  }

  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Bytes that the client has not taken yet. */
  get waiting(): number {
    return this.#stream.writableLength + this.#held;
  }

  /** Takes a frame, which leaves with the next flush of all. */
  put(frame: Buffer): void {
    if (!this.isOpen) return;
    if (this.#first === null) {
      this.#first = frame;
      this.#outbox.add(this);
    } else if (this.#others === null) this.#others = [frame];
    else this.#others.push(frame);
    this.#held += frame.length;
  }

  /** Sends now, after all that was put before. */
  send(frame: Buffer): void {
    if (this.#first !== null) this.put(frame);
    else if (this.isOpen) this.#stream.write(frame);
    this.flush();
  }

  flush(): void {
    const [first, others] = [this.#first, this.#others];
    if (first === null) return;
    this.#forget();
    // After a close frame nothing may follow.
    if (this.isOpen) this.#stream.write(others === null ? first : Buffer.concat([first, ...others]));
  }

  /** Calls once when everything that was waiting has been taken, or never will be. */
  onDrained(run: () => void): void {
    if (this.#onDrained === null) this.#stream.once('drain', () => this.#drained());
    this.#onDrained = [...(this.#onDrained ?? []), run];
  }

  /** One after the other; who comes first begins at once. */
  async inTurn(work: () => Promise<void>): Promise<void> {
    const before = this.#turn;
    const mine = Promise.withResolvers<void>();
    this.#turn = mine.promise;
    try {
      await before;
      await work();
    } finally {
      mine.resolve();
      // Nobody has come after: nothing is kept.
      if (this.#turn === mine.promise) this.#turn = null;
    }
  }

  close(code: number, reason: string): void {
    this.flush();
    this.#socket.close(code, reason);
  }

  /** The socket has gone. */
  end(): void {
    this.#forget();
    this.#drained();
  }

  #forget(): void {
    this.#first = null;
    this.#others = null;
    this.#held = 0;
  }

  #drained(): void {
    const waiting = this.#onDrained ?? [];
    this.#onDrained = null;
    for (const run of waiting) run();
  }
}
