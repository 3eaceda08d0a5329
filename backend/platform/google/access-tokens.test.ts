import { expect, it } from 'vitest';
import { MetadataServer } from '../../testing/metadata-server.ts';
import { ManualClock } from '../clock.ts';
import { AccessTokens, NoAccessToken } from './access-tokens.ts';

const MINUTE = 60_000;

async function scene() {
  const server = await MetadataServer.start();
  const clock = new ManualClock(0);
  return {
    server,
    clock,
    tokens: new AccessTokens({ host: server.host, clock }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

it('asks once for a token that many want, and again a few minutes before it ends', async () => {
  await using opened = await scene();
  const { server, clock, tokens } = opened;
  expect(await Promise.all([tokens.get(), tokens.get(), tokens.get()])).toEqual(['token-1', 'token-1', 'token-1']);
  clock.advanceTo(55 * MINUTE);
  expect(await tokens.get()).toBe('token-1');
  expect(server.asked).toBe(1);
  server.token = 'token-2';
  clock.advanceTo(57 * MINUTE);
  expect(await tokens.get()).toBe('token-2');
  expect(server.asked).toBe(2);
});

it('keeps a token that is still good while no other can be had, and not a moment longer', async () => {
  await using opened = await scene();
  const { server, clock, tokens } = opened;
  await tokens.get();
  server.token = null;
  clock.advanceTo(59 * MINUTE);
  expect(await tokens.get()).toBe('token-1');
  clock.advanceTo(60 * MINUTE);
  await expect(tokens.get()).rejects.toThrow(NoAccessToken);
  server.token = 'token-3';
  expect(await tokens.get()).toBe('token-3');
});

it('believes no other server that answers in its place', async () => {
  await using opened = await scene();
  const { server, tokens } = opened;
  server.flavor = null;
  await expect(tokens.get()).rejects.toThrow(
    `the metadata server ${server.host} gave no access token: it answered 200`,
  );
});

it('says where nobody answers', async () => {
  const tokens = new AccessTokens({ host: '127.0.0.1:1', clock: new ManualClock(0) });
  await expect(tokens.get()).rejects.toThrow(/127\.0\.0\.1:1 gave no access token: /);
});
