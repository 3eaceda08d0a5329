import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/** One address for several processes: each connection goes to the next one of them that takes it. */
export class Balancer {
  readonly #server: Server;
  readonly #ports: readonly number[];
  #turn = 0;

  private constructor(ports: readonly number[]) {
    this.#ports = ports;
    this.#server = createServer((near) => {
      near.on('error', () => undefined);
      this.#turn += 1;
      this.#join(near, this.#turn, this.#ports.length);
    });
  }

  static async over(ports: readonly number[]): Promise<Balancer> {
    const balancer = new Balancer(ports);
    balancer.#server.listen(0, '127.0.0.1');
    await once(balancer.#server, 'listening');
    return balancer;
  }

  get url(): string {
    return `ws://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  close(): void {
    this.#server.close();
  }

  #join(near: Socket, turn: number, left: number): void {
    if (left === 0) {
      near.destroy();
      return;
    }
    const far = connect(this.#ports[turn % this.#ports.length] ?? 0, '127.0.0.1');
    let joined = false;
    far.once('connect', () => {
      joined = true;
      near.pipe(far).pipe(near);
      near.on('close', () => far.destroy());
    });
    far.on('error', () => undefined);
    far.on('close', () => (joined ? near.destroy() : this.#join(near, turn + 1, left - 1)));
  }
}
