import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export const OPCODE = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

export type FrameOptions = {
  readonly opcode: number;
  readonly payload?: Buffer | string;
  readonly fin?: boolean;
  readonly masked?: boolean;
  /** The bit that says that a message is compressed. */
  readonly compressed?: boolean;
};

/** A frame of a client, right or wrong. The mask is zero, so that the payload stays as it is. */
export function frame({ opcode, payload = '', fin = true, masked = true, compressed = false }: FrameOptions): Buffer {
  const body = Buffer.from(payload);
  const first = (fin ? 0x80 : 0) | (compressed ? 0x40 : 0) | opcode;
  const maskBit = masked ? 0x80 : 0;
  const length = body.length < 126 ? [maskBit | body.length] : [maskBit | 126, body.length >> 8, body.length & 255];
  return Buffer.concat([Buffer.from([first, ...length]), Buffer.alloc(masked ? 4 : 0), body]);
}

/** A WebSocket whose frames we make ourselves. */
export class RawWebSocket implements Disposable {
  readonly socket: Socket;
  closed = false;
  #heard = Buffer.alloc(0);

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (part) => {
      this.#heard = Buffer.concat([this.#heard, part]);
    });
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.closed = true;
    });
  }

  static async open(url: string, lines: readonly string[] = []): Promise<RawWebSocket> {
    const { hostname, port, pathname } = new URL(url);
    const socket = connect(Number(port), hostname);
    await once(socket, 'connect');
    const raw = new RawWebSocket(socket);
    const key = randomBytes(16).toString('base64');
    const head = [
      `GET ${pathname} HTTP/1.1`,
      `host: ${hostname}:${port}`,
      'upgrade: websocket',
      'connection: upgrade',
      `sec-websocket-key: ${key}`,
      'sec-websocket-version: 13',
      'sec-websocket-protocol: graphql-transport-ws',
      ...lines,
    ];
    socket.write(`${head.join('\r\n')}\r\n\r\n`);
    for (let waited = 0; waited < 5_000 && !raw.closed && !raw.#heard.includes('\r\n\r\n'); waited += 5) await sleep(5);
    return raw;
  }

  /** The head of the answer to the upgrade. */
  get head(): string {
    return this.#heard.toString('latin1').split('\r\n\r\n')[0] ?? '';
  }

  /** The code of the close frame that was heard; null without one. */
  get closeCode(): number | null {
    const start = this.#heard.indexOf('\r\n\r\n') + 4;
    for (let at = start; at + 2 <= this.#heard.length; ) {
      const [opcode, size] = [(this.#heard[at] ?? 0) & 15, (this.#heard[at + 1] ?? 0) & 127];
      const [header, length] = size === 126 ? [4, this.#heard.readUInt16BE(at + 2)] : [2, size];
      if (opcode === OPCODE.close) return length >= 2 ? this.#heard.readUInt16BE(at + header) : 1005;
      at += header + length;
    }
    return null;
  }

  /** Waits for the end of the connection; false when it stays open. */
  async ends(patienceMs: number): Promise<boolean> {
    for (const end = performance.now() + patienceMs; !this.closed && performance.now() < end; ) await sleep(5);
    return this.closed;
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}
