import type { Socket } from 'node:net';
import { type ConnectionInitMessage, type Message, MessageType, parseMessage, type SubscribeMessage } from 'graphql-ws';
import type { RawData } from 'ws';
import type { Access } from '../../access/access.ts';
import type { Session } from '../../access/session-watch.ts';
import { authenticateSocket, type Opening } from './authenticate-socket.ts';
import { CLOSE } from './close-codes.ts';
import { frameOf } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';
import { restAfterMessage } from './message-rate.ts';
import type { Operations } from './operations.ts';
import type { Outbox } from './outbox.ts';
import type { OwnedSocket, SocketOwner } from './owned-socket.ts';
import { FAREWELL_MS, GRACE_MS } from './patience.ts';
import type { FormatError, OnTooSlow } from './ports.ts';
import { type Channel, WebSocketOutlet } from './websocket-outlet.ts';

/** What all connections have in common. */
export type ConnectionContext = {
  readonly access: Access;
  readonly operations: Operations;
  readonly outbox: Outbox;
  readonly formatError: FormatError;
  readonly onTooSlow: OnTooSlow;
  /** Most operations of one connection at once. */
  readonly maxOperations: number;
};

/** Told of each connection that goes on. */
export interface ConnectionWatch {
  /** It is known who speaks. */
  known(connection: WebSocketConnection): void;
  gone(connection: WebSocketConnection): void;
}

/** Before it is known who speaks, nobody has much to say. */
const MAX_INIT_BYTES = 8 * 1024;
const MAX_ID_LENGTH = 128;
const INIT_WAIT_MS = 3_000;

const ACK = frameOf({ type: MessageType.ConnectionAck });
const PONG = frameOf({ type: MessageType.Pong });
const NONE: readonly WebSocketOutlet[] = [];

/** One client of graphql-transport-ws. There are thousands of them, most of which wait: what one holds while it does is counted in bytes. */
export class WebSocketConnection implements Channel, SocketOwner {
  readonly #context: ConnectionContext;
  readonly #watch: ConnectionWatch;
  readonly #socket: OwnedSocket;
  readonly writer: FrameWriter;
  /** Where it comes from. */
  readonly address: string;
  #operations = NONE;
  /** Null after its first message. */
  #opening: Opening | null;
  #session: Session | null = null;
  #initTimer: NodeJS.Timeout | null;
  #restAt = 0;
  #isGivenUp = false;
  /** Whether it answered when it was last asked for a sign of life. */
  isAlive = true;

  constructor(
    context: ConnectionContext,
    watch: ConnectionWatch,
    client: {
      readonly socket: OwnedSocket;
      readonly stream: Socket;
      readonly opening: Opening;
      readonly address: string;
    },
  ) {
    this.#context = context;
    this.#watch = watch;
    this.#socket = client.socket;
    this.writer = new FrameWriter(context.outbox, client.socket, client.stream);
    this.address = client.address;
    this.#opening = client.opening;
    this.#initTimer = setTimeout(initTimeout, INIT_WAIT_MS, this);
    client.socket.belongTo(this);
  }

  /** Whether it is known who speaks. */
  get isKnown(): boolean {
    return this.#session !== null;
  }

  end(operation: WebSocketOutlet, frame: Buffer): void {
    this.#drop(operation);
    this.writer.send(frame);
  }

  fail(operation: WebSocketOutlet, errors: readonly unknown[]): void {
    const payload = errors.map(this.#context.formatError);
    this.end(operation, frameOf({ id: operation.id, type: MessageType.Error, payload }));
  }

  tooSlow(): void {
    // Each of its subscriptions may find that out.
    if (this.writer.isOpen && this.#session !== null) this.#context.onTooSlow(this.#session.principal);
    this.#cut(CLOSE.tryAgainLater, 'slow consumer: come back with your cursor');
  }

  /** Tells every subscription why it ends, then closes. */
  async dismiss(why: 'REAUTHENTICATE' | 'SHUTTING_DOWN', comeBackAfterMs: number): Promise<void> {
    await Promise.all(this.#operations.map(({ running }) => running?.farewell(why, comeBackAfterMs)));
    if (why === 'SHUTTING_DOWN') {
      this.close(CLOSE.restart, `restart: come back after ${comeBackAfterMs} ms`);
      return;
    }
    setTimeout(() => this.#cut(CLOSE.forbidden, why), FAREWELL_MS).unref();
  }

  close(code: number, reason: string): void {
    this.writer.close(code, reason);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  /** It gives no sign of life: either nobody is there any more, or somebody who has not read up to the question, and reads why when it does. */
  async giveUp(): Promise<void> {
    if (this.#isGivenUp) return;
    this.#isGivenUp = true;
    await Promise.all(this.#operations.map(({ running }) => running?.farewell('CONSUMER_TOO_SLOW', 0)));
    this.tooSlow();
  }

  ping(): void {
    this.isAlive = false;
    this.#socket.ping();
  }

  pinged(): void {
    if (!this.#mayGoOn()) this.close(CLOSE.policy, 'Too many messages');
  }

  ponged(): void {
    this.isAlive = true;
  }

  received(data: RawData, isBinary: boolean): void {
    if (!this.writer.isOpen) return;
    if (!this.#mayGoOn()) this.close(CLOSE.policy, 'Too many messages');
    else if (isBinary || !Buffer.isBuffer(data)) this.close(CLOSE.unsupported, 'Text is expected');
    else if (!this.isKnown && data.length > MAX_INIT_BYTES) this.close(CLOSE.tooBig, 'Too much before connection_ack');
    else this.#handle(readMessage(data));
  }

  gone(): void {
    this.#watch.gone(this);
    this.#stopWaiting();
    this.#session?.close();
    for (const { running } of this.#operations) running?.leave();
    this.#operations = NONE;
    this.writer.end();
  }

  #cut(code: number, reason: string): void {
    this.close(code, reason);
    // A client that does not read does not read its close frame either.
    setTimeout(() => this.terminate(), GRACE_MS).unref();
  }

  #mayGoOn(): boolean {
    this.#restAt = restAfterMessage(this.#restAt, Math.floor(performance.now()));
    return !Number.isNaN(this.#restAt);
  }

  #handle(message: Message | null): void {
    if (message?.type === MessageType.ConnectionInit) this.#init(message);
    else if (message?.type === MessageType.Ping)
      this.writer.send(message.payload ? frameOf({ type: MessageType.Pong, payload: message.payload }) : PONG);
    else if (message?.type === MessageType.Subscribe) this.#subscribe(message);
    else if (message?.type === MessageType.Complete) {
      const operation = this.#operations.find(({ id }) => id === message.id);
      if (operation !== undefined) this.#drop(operation);
    } else if (message?.type !== MessageType.Pong) this.close(CLOSE.badRequest, 'Invalid message received');
  }

  #init({ payload }: ConnectionInitMessage): void {
    const opening = this.#opening;
    if (opening === null) {
      this.close(CLOSE.tooManyInits, 'Too many initialisation requests');
      return;
    }
    this.#opening = null;
    this.#stopWaiting();
    void authenticateSocket(this.#context.access, opening, payload).then((found) => this.#known(found));
  }

  #known(found: Awaited<ReturnType<typeof authenticateSocket>>): void {
    if ('code' in found) this.close(found.code, found.reason);
    else if (!this.writer.isOpen) found.close();
    else {
      this.#session = found;
      this.#watch.known(this);
      found.onEnd(() => void this.dismiss('REAUTHENTICATE', 0));
      this.writer.send(ACK);
    }
  }

  #subscribe({ id, payload }: SubscribeMessage): void {
    const session = this.#session;
    if (session === null) this.close(CLOSE.unauthorized, 'Unauthorized');
    else if (id.length > MAX_ID_LENGTH) this.close(CLOSE.badRequest, 'Invalid message received');
    else if (this.#operations.some((operation) => operation.id === id))
      this.close(CLOSE.duplicateId, `Subscriber for ${id.slice(0, 32)} already exists`);
    else this.#start(id, payload, session);
  }

  #start(id: string, payload: unknown, session: Session): void {
    const { operations, maxOperations } = this.#context;
    const outlet = new WebSocketOutlet(this, id);
    const isFull = this.#operations.length >= maxOperations;
    const caller = { session, address: this.address };
    const started = isFull ? operations.refuseMoreThan(maxOperations) : operations.start(payload, caller, () => outlet);
    if ('errors' in started) {
      this.fail(outlet, started.errors);
      return;
    }
    outlet.running = started;
    this.#operations = [...this.#operations, outlet];
  }

  #drop(operation: WebSocketOutlet): void {
    this.#operations = this.#operations.filter((other) => other !== operation);
    operation.running?.leave();
  }

  #stopWaiting(): void {
    if (this.#initTimer !== null) clearTimeout(this.#initTimer);
    this.#initTimer = null;
  }
}

function initTimeout(connection: WebSocketConnection): void {
  connection.close(CLOSE.initTimeout, 'Connection initialisation timeout');
}

function readMessage(data: Buffer): Message | null {
  try {
    return parseMessage(data.toString());
  } catch {
    return null;
  }
}
