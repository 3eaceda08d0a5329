import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, type GenerateKeyPairResult, generateKeyPair, type JWK, SignJWT } from 'jose';

export type Signing = {
  readonly kid: string;
  readonly privateKey: GenerateKeyPairResult['privateKey'];
  readonly shown: JWK;
};

/** An issuer of tokens on this machine: real keys, served over HTTP, that can be rotated and taken away. */
export class TestIssuer implements AsyncDisposable {
  readonly url: string;
  /** How often its keys were asked for. */
  fetches = 0;
  down = false;
  readonly #server: Server;
  #signing: Signing;
  #shown: JWK[];

  private constructor(server: Server, signing: Signing) {
    this.#server = server;
    this.#signing = signing;
    this.#shown = [signing.shown];
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    server.on('request', (_request, response) => {
      this.fetches += 1;
      if (this.down) response.writeHead(500).end();
      else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ keys: this.#shown }));
    });
  }

  static async start(): Promise<TestIssuer> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new TestIssuer(server, await newKey('first'));
  }

  /** Signs with a new key from now on, and shows the old one no more. */
  async rotate(kid: string): Promise<void> {
    this.#signing = await newKey(kid);
    this.#shown = [this.#signing.shown];
  }

  /** Shows one more key beside its own, and hands it over, as a second signer of the same issuer would have it. */
  async alsoShow(kid: string, algorithm: 'ES256' | 'RS256'): Promise<Signing> {
    const signing = await newKey(kid, algorithm);
    this.#shown.push(signing.shown);
    return signing;
  }

  /** Its public key as text, which everybody has. */
  get publicKey(): string {
    return JSON.stringify(this.#signing.shown);
  }

  /** A good token, but for what is asked to be different. Times in seconds from `now` in ms. */
  async token(
    now: number,
    claims: Readonly<Record<string, unknown>> = {},
    header: Record<string, unknown> = {},
  ): Promise<string> {
    const seconds = Math.floor(now / 1_000);
    const good = { sub: 'ada', tenant: 'acme', scope: 'signals:read', iat: seconds, exp: seconds + 300, jti: 'one' };
    const all = { iss: this.url, aud: 'heliograph', ...good, ...claims };
    const stated = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    return new SignJWT(stated)
      .setProtectedHeader({ alg: 'ES256', kid: this.#signing.kid, typ: 'at+jwt', ...header })
      .sign(this.#signing.privateKey);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

async function newKey(kid: string, algorithm: 'ES256' | 'RS256' = 'ES256'): Promise<Signing> {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
  return { kid, privateKey, shown: { ...(await exportJWK(publicKey)), kid, alg: algorithm, use: 'sig' } };
}
