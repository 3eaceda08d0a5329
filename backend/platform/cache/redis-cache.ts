import { type Cache, isTooLong } from './cache.ts';
import type { RedisServer } from './redis.ts';

/** Values that all processes share. While the server is away there are none. */
export class RedisCache implements Cache {
  readonly #server: RedisServer;
  readonly #build: string;

  /** `build` names the running code: another version may write the same thing differently. */
  constructor(server: RedisServer, build: string) {
    this.#server = server;
    this.#build = build;
  }

  async get(key: string): Promise<string | null> {
    try {
      const text = await this.#server.commands.run('get', (redis) => redis.get(this.#keyOf(key)));
      // Somebody else may have put it there.
      return text === null || isTooLong(text) ? null : text;
    } catch {
      return null;
    }
  }

  async set(key: string, text: string, ttlMs: number): Promise<void> {
    const ms = Math.floor(ttlMs);
    try {
      if (ms <= 0 || isTooLong(text)) await this.#server.commands.run('set', (redis) => redis.del(this.#keyOf(key)));
      else await this.#server.commands.run('set', (redis) => redis.set(this.#keyOf(key), text, 'PX', ms));
    } catch {
      // It is made anew when it is wanted; the connection has counted and told what was wrong.
    }
  }

  #keyOf(key: string): string {
    return `${this.#server.prefix}cache:${this.#build}:${key}`;
  }
}
