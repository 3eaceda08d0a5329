import type { Outlet } from '../gateway/ports.ts';
import { frameAround, frameOf } from './frame.ts';
import type { FrameWriter } from './frame-writer.ts';
import type { Running } from './ports.ts';

/** The connection, as its operations know it. */
export interface Channel {
  readonly writer: FrameWriter;
  tooSlow(): void;
  /** The operation is over; the frame says so. */
  end(operation: WebSocketOutlet, frame: Buffer): void;
  fail(operation: WebSocketOutlet, errors: readonly unknown[]): void;
}

const NOT_ASCII = /[^ -~]/g;

/** One operation of a WebSocket, as graphql-transport-ws tells of it. */
export class WebSocketOutlet implements Outlet {
  readonly #connection: Channel;
  readonly id: string;
  /** What stands before the payload of each item; ASCII. */
  readonly #before: string;
  /** Null before it has begun. */
  running: Running | null = null;

  constructor(connection: Channel, id: string) {
    this.#connection = connection;
    this.id = id;
    this.#before = `{"id":${JSON.stringify(id).replace(NOT_ASCII, escaped)},"type":"next","payload":`;
  }

  get waiting(): number {
    return this.#connection.writer.waiting;
  }

  next(payload: Buffer): void {
    this.#connection.writer.put(frameAround(this.#before, payload));
  }

  complete(): void {
    this.#connection.end(this, frameOf({ id: this.id, type: 'complete' }));
  }

  fail(error: unknown): void {
    this.#connection.fail(this, [error]);
  }

  tooSlow(): void {
    this.#connection.tooSlow();
  }

  onDrained(run: () => void): void {
    this.#connection.writer.onDrained(run);
  }

  inTurn(work: () => Promise<void>): Promise<void> {
    return this.#connection.writer.inTurn(work);
  }
}

/** As JSON writes any unit of UTF-16. */
function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
