import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** What becomes of bytes on their way: `up` to the server, `down` to the client. */
export type Way = {
  readonly to: 'up' | 'down';
  /** Nothing passes, and nothing is refused: as if a cable had been pulled. */
  blackhole: boolean;
  /** ms that each piece waits. */
  latencyMs: number;
  /** Share of the pieces that are lost once, 0 to 1: TCP sends them again after its time, and what follows waits for them. */
  lossShare: number;
  /** 0: as many as come. */
  bytesPerSecond: number;
};

type Pair = { readonly near: Socket; readonly far: Socket; passed: number };

const TICK_MS = 20;
/** The least time after which Linux sends again what nobody has acknowledged; it comes on top of the time there and back. */
const RESENT_MS = 200;
/** What is announced is an array of three whose first word is "message". */
const REDIS_MESSAGE = '$7\r\nmessage';

/** A way over TCP on which everything can go wrong. What is changed holds for open connections, too. */
export class FaultProxy implements AsyncDisposable {
  readonly up: Way = { to: 'up', blackhole: false, latencyMs: 0, lossShare: 0, bytesPerSecond: 0 };
  readonly down: Way = { to: 'down', blackhole: false, latencyMs: 0, lossShare: 0, bytesPerSecond: 0 };
  /** New connections are reset at once. */
  refusing = false;
  /** After so many bytes to its client a connection is reset, in the middle of whatever it was saying; null never. */
  resetAfter: number | null = null;
  /** Connections that were ever opened. */
  opened = 0;
  /** Who has subscribed to Redis over it hears nothing, and is not told so. */
  deafens = false;
  /** Pieces that were lost once. */
  lost = 0;
  #owed = 0;
  readonly #pairs = new Set<Pair>();
  readonly #server: Server;
  #target: number;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer({ allowHalfOpen: true }, (near) => this.#join(near));
  }

  /** `target` is a port of this machine. */
  static async to(target: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** New connections go elsewhere. */
  turnTo(target: number): void {
    this.#target = target;
  }

  /** Resets all connections (RST), without a farewell. */
  reset(): void {
    for (const { near, far } of this.#pairs) for (const socket of [near, far]) socket.resetAndDestroy();
  }

  /** Ends the connections of the client alone: the server goes on believing in them. */
  halfClose(): void {
    for (const { near } of this.#pairs) near.resetAndDestroy();
  }

  /** As it was when it was made. */
  mend(): void {
    for (const way of [this.up, this.down])
      Object.assign(way, { blackhole: false, latencyMs: 0, lossShare: 0, bytesPerSecond: 0 });
    this.refusing = false;
    this.resetAfter = null;
    this.deafens = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.reset();
    this.#server.close();
    if (this.#server.listening) await once(this.#server, 'close');
  }

  #join(near: Socket): void {
    this.opened += 1;
    if (this.refusing) return void near.resetAndDestroy();
    const far = connect({ port: this.#target, host: '127.0.0.1', allowHalfOpen: true });
    const pair: Pair = { near, far, passed: 0 };
    this.#pairs.add(pair);
    for (const socket of [near, far]) {
      socket.setNoDelay(true);
      socket.on('error', () => undefined);
    }
    near.on('close', () => this.#part(pair));
    far.on('close', () => this.#part(pair));
    this.#pass(pair, this.up, near, far);
    this.#pass(pair, this.down, far, near);
  }

  #part(pair: Pair): void {
    // A cable that is pulled tells neither side that the other has gone.
    if (this.up.blackhole || this.down.blackhole) return;
    this.#pairs.delete(pair);
    for (const socket of [pair.near, pair.far]) socket.resetAndDestroy();
  }

  /** Piece after piece: the next one is read when this one has gone, so a slow way fills the buffers before it, as a real one does. */
  #pass(pair: Pair, way: Way, from: Socket, into: Socket): void {
    from.on('data', (piece: Buffer) => {
      if (this.deafens && way.to === 'down' && piece.includes(REDIS_MESSAGE)) return;
      from.pause();
      void this.#send(pair, way, piece, into).finally(() => from.resume());
    });
    from.on('end', () => {
      if (!way.blackhole) into.end();
    });
  }

  async #send(pair: Pair, way: Way, piece: Buffer, into: Socket): Promise<void> {
    if (way.latencyMs > 0) await pause(way.latencyMs);
    if (this.#isLost(way)) await pause(RESENT_MS + 2 * way.latencyMs);
    for (let at = 0; at < piece.length; ) {
      while (way.blackhole) {
        await pause(TICK_MS);
        if (into.destroyed) return;
      }
      const most =
        way.bytesPerSecond > 0 ? Math.max(1, Math.floor((way.bytesPerSecond * TICK_MS) / 1_000)) : piece.length;
      const part = piece.subarray(at, at + this.#allowed(pair, way, most));
      at += most;
      if (into.destroyed) return;
      const written = new Promise<void>((resolve) => into.write(part, () => resolve()));
      await (way.bytesPerSecond > 0 ? Promise.all([written, pause(TICK_MS)]) : written);
      if (this.#isSpent(pair, way, part.length)) return void this.#cutOff(pair);
    }
  }

  /** Evenly, so that a proof has as many of them each time. */
  #isLost({ lossShare }: Way): boolean {
    if (lossShare === 0) return false;
    this.#owed += lossShare;
    if (this.#owed < 1) return false;
    this.#owed -= 1;
    this.lost += 1;
    return true;
  }

  #allowed(pair: Pair, { to }: Way, most: number): number {
    return to === 'down' && this.resetAfter !== null
      ? Math.min(most, Math.max(0, this.resetAfter - pair.passed))
      : most;
  }

  #isSpent(pair: Pair, { to }: Way, length: number): boolean {
    if (to === 'down') pair.passed += length;
    return to === 'down' && this.resetAfter !== null && pair.passed >= this.resetAfter;
  }

  #cutOff({ near, far }: Pair): void {
    near.resetAndDestroy();
    far.resetAndDestroy();
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
