import type { RedisOptions } from 'ioredis';

/** How client and server prove to each other who they are, where the URL does not say all of it. */
export type RedisProof = {
  /**
   * PEM: by which authorities the certificate of the server must be signed. They sign for this server alone, so its name, which is that of no
   * address that it is reached by, is not looked at. Null: by one that everybody trusts, in the name of the host.
   */
  readonly authorities: string | null;
  /** Gives the password of the user `default` for a new connection; the one before is soon no good. Null: that of the URL. */
  readonly password: (() => Promise<string>) | null;
};

/** What the client library is told of it, but the password. */
export function connectionProof({ authorities, password }: RedisProof): Pick<RedisOptions, 'username' | 'tls'> {
  return {
    ...(password === null ? {} : { username: 'default' }),
    ...(authorities === null ? {} : { tls: { ca: authorities, checkServerIdentity: () => undefined } }),
  };
}
