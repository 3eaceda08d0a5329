import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Secret Manager, as far as it gives the newest version: by a token, of secrets that are there, to who may read them. */
export class SecretsServer {
  readonly #server: Server;
  /** What a request must bring. */
  token = 'token-1';
  /** Values, by `projects/PROJECT/secrets/NAME`. */
  readonly values = new Map<string, Buffer>();
  /** Names that whoever asks may not read. */
  readonly refused = new Set<string>();

  private constructor() {
    this.#server = createServer(({ url = '', method, headers }, response) => {
      const [, name = ''] = /^\/v1\/(projects\/[^/]+\/secrets\/[^/]+)\/versions\/latest:access$/.exec(url) ?? [];
      const value = this.values.get(name);
      const isKnown = headers.authorization === `Bearer ${this.token}`;
      const status = !isKnown
        ? 401
        : this.refused.has(name)
          ? 403
          : method !== 'GET' || value === undefined
            ? 404
            : 200;
      response.writeHead(status, { 'content-type': 'application/json' });
      const version = { name: `${name}/versions/3`, payload: { data: value?.toString('base64'), dataCrc32c: '0' } };
      response.end(JSON.stringify(status === 200 ? version : { error: { code: status } }));
    });
  }

  static async start(): Promise<SecretsServer> {
    const secrets = new SecretsServer();
    secrets.#server.listen(0, '127.0.0.1');
    await once(secrets.#server, 'listening');
    return secrets;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
