import { expect, it } from 'vitest';
import { createMetrics } from '../../metrics/registry.ts';
import { makeAuthority } from '../../testing/certificates.ts';
import { describeWithRedis } from '../../testing/describe-with-redis.ts';
import { MetadataServer } from '../../testing/metadata-server.ts';
import { TestRedis } from '../../testing/redis.ts';
import { ManualClock } from '../clock.ts';
import { AccessTokens } from '../google/access-tokens.ts';
import { silentLogger } from '../telemetry/logger.ts';
import { RedisServer } from './redis.ts';

const within = { timeout: 10_000, interval: 10 };
const HOUR = 3_600_000;

/** A server like those of Memorystore: its own authority, a certificate in nobody's name, and a password that is an access token. */
async function memorystore() {
  const authority = makeAuthority('authority of one instance');
  const redis = await TestRedis.startEncrypted(authority.certify('an instance'), 'token-1');
  const metadata = await MetadataServer.start();
  const clock = new ManualClock(0);
  const tokens = new AccessTokens({ host: metadata.host, clock });
  return {
    ...{ redis, metadata, clock },
    client(authorities: string | null = authority.certificate) {
      const metrics = createMetrics();
      const server = new RedisServer({
        ...{
          url: redis.url,
          prefix: 'test:',
          log: silentLogger,
          metrics,
          random: () => 0.5,
          proveMs: 50,
        },
        proof: { authorities, password: () => tokens.get() },
      });
      server.open();
      return { server, metrics, [Symbol.dispose]: () => server.close() };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([redis[Symbol.asyncDispose](), metadata[Symbol.asyncDispose]()]);
    },
  };
}

const isUp = ({ server }: { readonly server: RedisServer }) => expect.poll(() => server.state().isUp, within);

describeWithRedis('a server that knows its clients by access tokens', () => {
  it('takes a client by its token, and is known by its own authority', async () => {
    await using scene = await memorystore();
    using client = scene.client();
    await isUp(client).toBe(true);
    const whoAmI = await client.server.commands.run('get', (redis) => redis.call('ACL', 'WHOAMI'));
    expect(whoAmI).toBe('default');
  });

  it('is not spoken to when another authority has signed for it', async () => {
    await using scene = await memorystore();
    for (const authorities of [makeAuthority('another').certificate, null]) {
      using client = scene.client(authorities);
      await expect.poll(() => client.server.state().reason, within).toMatch(/certificate/);
    }
  });

  it('keeps a connection whose token has ended, and takes a new one by a new token', async () => {
    await using scene = await memorystore();
    const { redis, metadata, clock } = scene;
    using client = scene.client();
    await isUp(client).toBe(true);
    metadata.token = 'token-2';
    await redis.changePassword('token-2');
    await client.server.prove();
    expect(client.server.state().isUp).toBe(true);
    // Asked for before it is needed, so that the next connection is made at the first attempt.
    clock.advanceTo(HOUR - 3 * 60_000);
    await expect.poll(() => metadata.asked, within).toBe(2);
    await redis.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await expect
      .poll(() => client.metrics.render(), within)
      .toContain('redis_reconnects_total{connection="commands"} 1');
    await isUp(client).toBe(true);
    const log = (await redis.command('ACL', 'LOG')) as unknown[];
    expect(log).toEqual([]);
  });

  it('is waited for while nobody gives a token, and told why', async () => {
    await using scene = await memorystore();
    scene.metadata.token = null;
    using client = scene.client();
    await expect.poll(() => client.server.state().reason, within).toMatch(/gave no access token: it answered 503/);
    scene.metadata.token = 'token-1';
    await isUp(client).toBe(true);
  });

  it('is away for a token that it does not know', async () => {
    await using scene = await memorystore();
    scene.metadata.token = 'of somebody else';
    using client = scene.client();
    await expect.poll(() => client.server.state().reason, within).toMatch(/WRONGPASS/);
    expect(client.server.state().reason).not.toContain('somebody else');
  });
});
