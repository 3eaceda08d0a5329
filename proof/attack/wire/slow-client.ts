import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { frame, OPCODE, RawWebSocket } from './frames.ts';

/** How a subscriber reads: at once; not at all; 1 kB a second. */
export type Pace = 'reads' | 'nothing' | 'trickle';

export type SlowOptions = {
  readonly url: string;
  /** One for each socket. */
  readonly credentials: readonly object[];
  /** How often each socket asks for it. */
  readonly times: number;
  readonly query: string;
  readonly pace: Pace;
  /** Whether a socket that was cut off is opened anew after so many ms; it finds out by asking for a sign of life as often. */
  readonly comesBackMs?: number;
};

/** What a socket has heard at its end. */
export type Heard = {
  /** The code of the last problem that it was told of. */
  readonly problem: string | null;
  /** Where its first subscription stands: the last cursor that it has, and the seq of the event before it. */
  readonly cursor: string | null;
  readonly seq: number;
  /** Of the frame that closes it; null where none came. */
  readonly closed: number | null;
  readonly hasEnded: boolean;
};

/** Subscribers in a process of their own, which can be stopped as a whole. */
export class SlowClients implements Disposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when all have asked. */
  static async start(options: SlowOptions): Promise<SlowClients> {
    const child = fork(import.meta.filename, [JSON.stringify(options)]);
    await once(child, 'message');
    return new SlowClients(child);
  }

  /** As the terminal does it, and a machine that sleeps. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  /** From now on all is read as it comes. */
  goOn(): void {
    this.#child.kill('SIGCONT');
    this.#child.send('go on');
  }

  async heard(): Promise<readonly Heard[]> {
    const told = once(this.#child, 'message');
    this.#child.send('tell');
    const [heard] = (await told) as [Heard[]];
    return heard;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

const TRICKLE_BYTES = 1_024;

/** One socket: keeps of what it hears only how it ends. */
class SlowSocket {
  problem: string | null = null;
  cursor: string | null = null;
  seq = 0;
  closed: number | null = null;
  hasEnded = false;
  readonly #raw: RawWebSocket;
  #rest: Buffer = Buffer.alloc(0);
  #timer: NodeJS.Timeout | undefined;

  constructor(raw: RawWebSocket) {
    this.#raw = raw;
    raw.socket.removeAllListeners('data');
    raw.socket.on('close', () => {
      this.hasEnded = true;
    });
  }

  say(opcode: number, payload: string | Buffer): void {
    this.#raw.socket.write(frame({ opcode, payload }));
  }

  read(pace: Pace): void {
    const { socket } = this.#raw;
    clearInterval(this.#timer);
    socket.removeAllListeners('data');
    if (pace === 'reads') socket.on('data', (part) => this.#take(part)).resume();
    else socket.pause();
    if (pace !== 'trickle') return;
    this.#timer = setInterval(() => {
      const part = socket.read(Math.min(TRICKLE_BYTES, Math.max(1, socket.readableLength))) as Buffer | null;
      if (part !== null) this.#take(part);
    }, 1_000);
  }

  #take(part: Buffer): void {
    this.#rest = this.#rest.length === 0 ? part : Buffer.concat([this.#rest, part]);
    for (;;) {
      const [head, body] = frameIn(this.#rest);
      if (body === null) return;
      this.#rest = this.#rest.subarray(head.length + body.length);
      const opcode = (head[0] ?? 0) & 15;
      if (opcode === OPCODE.ping) this.say(OPCODE.pong, body);
      else if (opcode === OPCODE.close) this.closed = body.length >= 2 ? body.readUInt16BE(0) : 1005;
      else this.#hear(body.toString());
    }
  }

  #hear(text: string): void {
    if (text.includes('StreamProblem')) this.problem = /"code":"(\w+)"/.exec(text)?.[1] ?? null;
    if (!text.startsWith('{"id":"0"')) return;
    this.cursor = /"cursor":"([^"]+)"/.exec(text)?.[1] ?? this.cursor;
    this.seq = Number([...text.matchAll(/"seq":(\d+)/g)].at(-1)?.[1] ?? this.seq);
  }
}

/** The first frame of these bytes, its head and what it carries; null where it is not whole yet. */
function frameIn(bytes: Buffer): readonly [Buffer, Buffer | null] {
  const none = [bytes, null] as const;
  if (bytes.length < 2) return none;
  const short = (bytes[1] ?? 0) & 127;
  const headLength = short === 127 ? 10 : short === 126 ? 4 : 2;
  if (bytes.length < headLength) return none;
  const length = short === 127 ? Number(bytes.readBigUInt64BE(2)) : short === 126 ? bytes.readUInt16BE(2) : short;
  if (bytes.length < headLength + length) return none;
  return [bytes.subarray(0, headLength), bytes.subarray(headLength, headLength + length)];
}

async function open(options: SlowOptions, credential: object): Promise<SlowSocket> {
  const { url, times, query, pace, comesBackMs } = options;
  const raw = await RawWebSocket.open(url);
  const socket = new SlowSocket(raw);
  socket.say(OPCODE.text, JSON.stringify({ type: 'connection_init', payload: credential }));
  // Of connection_ack there is no need; but who is known to the service when it is asked is not refused.
  await sleep(500);
  socket.read(pace);
  for (let n = 0; n < times; n++)
    socket.say(OPCODE.text, JSON.stringify({ id: `${n}`, type: 'subscribe', payload: { query } }));
  if (comesBackMs !== undefined) comeBack(socket, raw, comesBackMs, () => open(options, credential));
  return socket;
}

/** Who does not read hears of no end: it is a write that fails. */
function comeBack(socket: SlowSocket, raw: RawWebSocket, afterMs: number, again: () => Promise<unknown>): void {
  const timer = setInterval(() => socket.say(OPCODE.ping, ''), afterMs);
  raw.socket.once('close', async () => {
    clearInterval(timer);
    await sleep(afterMs);
    await again().catch(() => undefined);
  });
}

if (process.argv[1] === import.meta.filename) {
  const options = JSON.parse(process.argv[2] ?? '{}') as SlowOptions;
  const sockets = await Promise.all(options.credentials.map((credential) => open(options, credential)));
  process.on('message', (word) => {
    if (word === 'go on') for (const socket of sockets) socket.read('reads');
    else
      process.send?.(
        sockets.map(
          ({ problem, cursor, seq, closed, hasEnded }): Heard => ({ problem, cursor, seq, closed, hasEnded }),
        ),
      );
  });
  process.on('disconnect', () => process.exit());
  process.send?.('begun');
}
