import type { Outlet } from '../gateway/ports.ts';
import { textFrame } from './frame.ts';

/** The connection, as its operations know it. */
export interface Channel extends Pick<Outlet, 'waiting' | 'tooSlow' | 'onDrained'> {
  put(frame: Buffer): void;
  end(id: string, frame: Buffer): void;
  fail(id: string, errors: readonly unknown[]): void;
}

const NOTHING = Buffer.alloc(0);

/** One operation of a WebSocket, as graphql-transport-ws tells of it. */
export class WebSocketOutlet implements Outlet {
  readonly #connection: Channel;
  readonly #id: string;
  /** What stands before the payload of each item. */
  readonly #before: string;

  constructor(connection: Channel, id: string) {
    this.#connection = connection;
    this.#id = id;
    this.#before = `{"id":${JSON.stringify(id)},"type":"next","payload":`;
  }

  get waiting(): number {
    return this.#connection.waiting;
  }

  next(payload: Buffer): void {
    this.#connection.put(textFrame(this.#before, payload, '}'));
  }

  complete(): void {
    this.#connection.end(this.#id, textFrame(JSON.stringify({ id: this.#id, type: 'complete' }), NOTHING, ''));
  }

  fail(error: unknown): void {
    this.#connection.fail(this.#id, [error]);
  }

  tooSlow(): void {
    this.#connection.tooSlow();
  }

  onDrained(run: () => void): void {
    this.#connection.onDrained(run);
  }
}
