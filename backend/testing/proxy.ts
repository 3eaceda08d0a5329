import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** A way to a database that can be cut: its connections break, and new ones are refused until it is mended. */
export class DatabaseProxy {
  readonly #target: URL;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #port = 0;

  private constructor(target: URL) {
    this.#target = target;
  }

  static async to(url: string): Promise<DatabaseProxy> {
    const proxy = new DatabaseProxy(new URL(url));
    await proxy.mend();
    return proxy;
  }

  /** The database's URL through this proxy. */
  get url(): string {
    return Object.assign(new URL(this.#target.href), { port: String(this.#port) }).href;
  }

  async cut(): Promise<void> {
    const server = this.#server;
    this.#server = null;
    server?.close();
    for (const socket of this.#sockets) socket.destroy();
    if (server?.listening === true) await once(server, 'close');
  }

  async mend(): Promise<void> {
    const server = createServer((socket) => this.#join(socket));
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cut();
  }

  #join(near: Socket): void {
    const far = connect(Number(this.#target.port), this.#target.hostname);
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
