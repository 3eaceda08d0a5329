import type { Socket } from 'node:net';
import { type ConnectionInitMessage, type Message, MessageType, parseMessage, type SubscribeMessage } from 'graphql-ws';
import type { RawData, WebSocket } from 'ws';
import type { Access } from '../../access/access.ts';
import type { Session } from '../../access/session-watch.ts';
import { authenticateSocket, type Opening } from './authenticate-socket.ts';
import { CLOSE } from './close-codes.ts';
import { textFrame } from './frame.ts';
import { MessageRate } from './message-rate.ts';
import type { Operations } from './operations.ts';
import type { Outbox } from './outbox.ts';
import { FAREWELL_MS, GRACE_MS } from './patience.ts';
import type { FormatError, Running } from './ports.ts';
import { type Channel, WebSocketOutlet } from './websocket-outlet.ts';

export type ConnectionContext = {
  readonly access: Access;
  readonly operations: Operations;
  readonly outbox: Outbox;
  readonly formatError: FormatError;
  /** Most operations of one connection at once. */
  readonly maxOperations: number;
};

type OnGone = (connection: WebSocketConnection) => void;

/** Before it is known who speaks, nobody has much to say. */
const MAX_INIT_BYTES = 8 * 1024;
const MAX_ID_LENGTH = 128;
const INIT_WAIT_MS = 3_000;

const NOTHING = Buffer.alloc(0);
const NO_FRAMES: readonly Buffer[] = [];
const frameOf = (message: object): Buffer => textFrame(JSON.stringify(message), NOTHING, '');
const ACK = frameOf({ type: MessageType.ConnectionAck });
const PONG = frameOf({ type: MessageType.Pong });

/**
 * One client of graphql-transport-ws. The package ws reads what it sends; what it is sent is framed here and written to the socket itself, all
 * of a moment in one write.
 */
export class WebSocketConnection implements Channel {
  readonly #context: ConnectionContext;
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #onGone: OnGone;
  readonly #rate = new MessageRate(performance.now());
  readonly #running = new Map<string, Running>();
  #opening: Opening | null;
  #session: Session | null = null;
  #initTimer: NodeJS.Timeout | null;
  #hasInit = false;
  #frames: readonly Buffer[] = NO_FRAMES;
  #held = 0;
  #onDrained: (() => void)[] | null = null;
  /** Whether it answered when it was last asked for a sign of life. */
  isAlive = true;

  constructor(context: ConnectionContext, socket: WebSocket, stream: Socket, opening: Opening, onGone: OnGone) {
    this.#context = context;
    this.#onGone = onGone;
    this.#socket = socket;
    this.#stream = stream;
    this.#opening = opening;
    this.#initTimer = setTimeout(
      () => this.close(CLOSE.initTimeout, 'Connection initialisation timeout'),
      INIT_WAIT_MS,
    );
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', () => this.#rate.take(performance.now()) || this.close(CLOSE.policy, 'Too many messages'));
    socket.on('pong', () => {
      this.isAlive = true;
    });
    // The package closes the socket with the code that fits.
    socket.on('error', () => undefined);
    socket.once('close', () => this.#gone());
  }

  /** Whether it is known who speaks. */
  get isKnown(): boolean {
    return this.#session !== null;
  }

  get waiting(): number {
    return this.#stream.writableLength + this.#held;
  }

  /** Takes a frame, which leaves with the next flush of all. */
  put(frame: Buffer): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (this.#frames.length === 0) this.#context.outbox.add(this);
    this.#frames = this.#frames.length === 0 ? [frame] : [...this.#frames, frame];
    this.#held += frame.length;
  }

  flush(): void {
    const frames = this.#frames;
    if (frames.length === 0) return;
    this.#frames = NO_FRAMES;
    this.#held = 0;
    const [first] = frames;
    // After a close frame nothing may follow.
    if (first === undefined || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#stream.write(frames.length === 1 ? first : Buffer.concat(frames));
  }

  /** The operation is over; the frame says so. */
  end(id: string, frame: Buffer): void {
    const running = this.#running.get(id);
    this.#running.delete(id);
    running?.leave();
    this.#send(frame);
  }

  fail(id: string, errors: readonly unknown[]): void {
    this.end(id, frameOf({ id, type: MessageType.Error, payload: errors.map(this.#context.formatError) }));
  }

  tooSlow(): void {
    this.close(CLOSE.tryAgainLater, 'slow consumer: come back with your cursor');
    // A client that does not read does not read its close frame either.
    setTimeout(() => this.terminate(), GRACE_MS).unref();
  }

  onDrained(run: () => void): void {
    if (this.#onDrained === null) this.#stream.once('drain', () => this.#drained());
    this.#onDrained = [...(this.#onDrained ?? []), run];
  }

  /** Tells every subscription why it ends, then closes. */
  async dismiss(why: 'REAUTHENTICATE' | 'SHUTTING_DOWN', comeBackWithinMs: number): Promise<void> {
    await Promise.all([...this.#running.values()].map((running) => running.farewell(why, comeBackWithinMs)));
    if (why === 'SHUTTING_DOWN') {
      this.close(CLOSE.restart, 'restart');
      return;
    }
    setTimeout(() => this.close(CLOSE.forbidden, why), FAREWELL_MS).unref();
  }

  close(code: number, reason: string): void {
    this.flush();
    this.#socket.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  ping(): void {
    this.isAlive = false;
    this.#socket.ping();
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    if (!this.#rate.take(performance.now())) this.close(CLOSE.policy, 'Too many messages');
    else if (isBinary || !Buffer.isBuffer(data)) this.close(CLOSE.unsupported, 'Text is expected');
    else if (!this.isKnown && data.length > MAX_INIT_BYTES) this.close(CLOSE.tooBig, 'Too much before connection_ack');
    else this.#handle(readMessage(data));
  }

  #handle(message: Message | null): void {
    if (message?.type === MessageType.ConnectionInit) this.#init(message);
    else if (message?.type === MessageType.Ping)
      this.#send(message.payload ? frameOf({ type: MessageType.Pong, payload: message.payload }) : PONG);
    else if (message?.type === MessageType.Subscribe) this.#subscribe(message);
    else if (message?.type === MessageType.Complete) {
      this.#running.get(message.id)?.leave();
      this.#running.delete(message.id);
    } else if (message?.type !== MessageType.Pong) this.close(CLOSE.badRequest, 'Invalid message received');
  }

  #init({ payload }: ConnectionInitMessage): void {
    const opening = this.#opening;
    if (this.#hasInit || opening === null) {
      this.close(CLOSE.tooManyInits, 'Too many initialisation requests');
      return;
    }
    this.#hasInit = true;
    this.#opening = null;
    this.#stopWaiting();
    void authenticateSocket(this.#context.access, opening, payload).then((found) => this.#known(found));
  }

  #known(found: Awaited<ReturnType<typeof authenticateSocket>>): void {
    if ('code' in found) this.close(found.code, found.reason);
    else if (this.#socket.readyState !== this.#socket.OPEN) found.close();
    else {
      this.#session = found;
      found.onEnd(() => void this.dismiss('REAUTHENTICATE', 0));
      this.#send(ACK);
    }
  }

  #subscribe({ id, payload }: SubscribeMessage): void {
    const session = this.#session;
    if (session === null) {
      this.close(CLOSE.unauthorized, 'Unauthorized');
      return;
    }
    if (id.length > MAX_ID_LENGTH) {
      this.close(CLOSE.badRequest, 'Invalid message received');
      return;
    }
    if (this.#running.has(id)) {
      this.close(CLOSE.duplicateId, `Subscriber for ${id.slice(0, 32)} already exists`);
      return;
    }
    const { operations, maxOperations } = this.#context;
    const caller = { session, address: this.#stream.remoteAddress };
    const started =
      this.#running.size >= maxOperations
        ? operations.refuseMoreThan(maxOperations)
        : operations.start(payload, caller, () => new WebSocketOutlet(this, id));
    if ('errors' in started) this.fail(id, started.errors);
    else this.#running.set(id, started);
  }

  /** Sends now, after all that was put before. */
  #send(frame: Buffer): void {
    this.put(frame);
    this.flush();
  }

  #gone(): void {
    this.#onGone(this);
    this.#stopWaiting();
    this.#session?.close();
    for (const running of this.#running.values()) running.leave();
    this.#running.clear();
    this.#frames = NO_FRAMES;
    this.#drained();
  }

  #drained(): void {
    const waiting = this.#onDrained ?? [];
    this.#onDrained = null;
    for (const run of waiting) run();
  }

  #stopWaiting(): void {
    if (this.#initTimer !== null) clearTimeout(this.#initTimer);
    this.#initTimer = null;
  }
}

function readMessage(data: Buffer) {
  try {
    return parseMessage(data.toString());
  } catch {
    return null;
  }
}
