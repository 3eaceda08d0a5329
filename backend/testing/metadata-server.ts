import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * Speaks as the metadata server of Google Cloud does: https://cloud.google.com/compute/docs/metadata/querying-metadata. It refuses who does
 * not say that he means it, or was sent by somebody else.
 */
export class MetadataServer {
  readonly #server: Server;
  /** The token that is given now; null while none can be had. */
  token: string | null = 'token-1';
  /** How long it is good for, s. */
  expiresIn = 3_599;
  /** How often it was asked for a token. */
  asked = 0;
  /** Whether it says that it is one. */
  flavor: string | null = 'Google';

  private constructor() {
    this.#server = createServer((request, response) => {
      const { url, headers } = request;
      const isMeant = headers['metadata-flavor'] === 'Google' && headers['x-forwarded-for'] === undefined;
      const isToken = url === '/computeMetadata/v1/instance/service-accounts/default/token';
      if (isToken) this.asked += 1;
      const status = isMeant ? (isToken ? (this.token === null ? 503 : 200) : 404) : 403;
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(this.flavor === null ? {} : { 'metadata-flavor': this.flavor }),
      });
      const token = { access_token: this.token, expires_in: this.expiresIn, token_type: 'Bearer' };
      response.end(status === 200 ? JSON.stringify(token) : '{}');
    });
  }

  static async start(): Promise<MetadataServer> {
    const metadata = new MetadataServer();
    metadata.#server.listen(0, '127.0.0.1');
    await once(metadata.#server, 'listening');
    return metadata;
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
