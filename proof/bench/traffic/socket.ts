import { connect, type Socket } from 'node:net';

/** What a client of graphql-transport-ws is told, each whole message as it came. */
export type Listener = {
  /** The server has let it in. */
  opened(): void;
  /** `text` is a view that is good during the call only. */
  heard(text: Buffer): void;
  closed(reason: string): void;
};

const HANDSHAKE = (port: number): string =>
  `GET /graphql HTTP/1.1\r\nhost: 127.0.0.1:${port}\r\nconnection: Upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n` +
  'sec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\nsec-websocket-protocol: graphql-transport-ws\r\n\r\n';
const HEAD_END = '\r\n\r\n';
const TEXT = 1;
const CLOSE = 8;
const PING = 9;
const PONG = 10;
const NOTHING = Buffer.alloc(0);

/** A WebSocket (RFC 6455) with as little around it as possible, so that thousands of them measure the server and not themselves. */
export class ClientSocket {
  readonly #socket: Socket;
  readonly #listener: Listener;
  #isOpen = false;
  #held: Buffer = NOTHING;

  constructor(port: number, listener: Listener) {
    this.#listener = listener;
    this.#socket = connect(port, '127.0.0.1');
    this.#socket.setNoDelay(true);
    this.#socket.write(HANDSHAKE(port));
    this.#socket.on('data', (chunk) => this.#take(chunk));
    this.#socket.on('error', (error) => listener.closed(error.message));
    this.#socket.on('close', () => listener.closed('the server closed the connection'));
  }

  send(text: string): void {
    this.#socket.write(maskedFrame(TEXT, Buffer.from(text)));
  }

  destroy(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  #take(chunk: Buffer): void {
    let data = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    if (!this.#isOpen) {
      const end = data.indexOf(HEAD_END);
      this.#held = data;
      if (end === -1) return;
      if (!data.toString('latin1', 0, end).startsWith('HTTP/1.1 101')) {
        this.#listener.closed(`the server answered ${JSON.stringify(data.toString('latin1', 0, end).slice(0, 200))}`);
        return;
      }
      this.#isOpen = true;
      data = data.subarray(end + HEAD_END.length);
      this.#listener.opened();
    }
    this.#held = this.#frames(data);
  }

  /** Hands on every whole frame; answers what is left. */
  #frames(data: Buffer): Buffer {
    let at = 0;
    for (;;) {
      const frame = frameAt(data, at);
      if (frame === null) return at === data.length ? NOTHING : data.subarray(at);
      const payload = data.subarray(frame.from, frame.end);
      if (frame.opcode === TEXT) this.#listener.heard(payload);
      else if (frame.opcode === PING) this.#socket.write(maskedFrame(PONG, payload));
      else if (frame.opcode === CLOSE) this.#listener.closed(`closed: ${payload.toString('utf8', 2)}`);
      at = frame.end;
    }
  }
}

type Frame = { readonly opcode: number; readonly from: number; readonly end: number };

/** A frame of a server is not masked. Null when not all of it is there. */
function frameAt(data: Buffer, at: number): Frame | null {
  const [first, second] = [data[at], data[at + 1]];
  if (first === undefined || second === undefined) return null;
  const more = second === 126 ? 2 : second === 127 ? 8 : 0;
  const from = at + 2 + more;
  if (data.length < from) return null;
  const length = more === 0 ? second : more === 2 ? data.readUInt16BE(at + 2) : Number(data.readBigUInt64BE(at + 2));
  return data.length < from + length ? null : { opcode: first & 15, from, end: from + length };
}

/** Of a client; masked by zeros, which change nothing. */
function maskedFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const head = length < 126 ? Buffer.from([128 | opcode, 128 | length]) : Buffer.from([128 | opcode, 254, 0, 0]);
  if (length >= 126) head.writeUInt16BE(length, 2);
  return Buffer.concat([head, Buffer.alloc(4), payload]);
}
