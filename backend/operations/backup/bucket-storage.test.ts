import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { BucketServer, type Fault } from '../../testing/bucket-server.ts';
import { BucketStorage } from './bucket-storage.ts';
import { readObject, storeObject } from './objects.ts';
import { read, storageContract } from './storage.contract.ts';

async function open(folder = '') {
  const server = await BucketServer.start('backups');
  const options = {
    name: 'backups',
    url: server.url,
    token: async () => server.token,
    random: () => 0.5,
    backoffMs: 1,
  };
  return {
    server,
    storage: new BucketStorage(options, folder),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

async function* of(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let from = 0; from < bytes.length; from += 100_003) yield bytes.subarray(from, from + 100_003);
}

storageContract('BucketStorage', () => open());
storageContract('BucketStorage in a folder of a bucket', () => open('heliograph/production'));

// Three parts: two whole ones, and what is left.
const large = randomBytes(1_200_001);

it.each<{ faults: Fault[] }>([
  { faults: ['cut before'] },
  { faults: ['cut after'] },
  { faults: ['busy', 'busy', 'busy'] },
  { faults: ['half'] },
  { faults: ['half', 'cut after', 'busy', 'cut before', 'half', 'cut after'] },
])('goes on with an upload that is disturbed: $faults', async ({ faults }) => {
  for (const before of [0, 1, 2]) {
    await using opened = await open();
    const { server, storage } = opened;
    server.faults.push(...Array.from({ length: before }, (): Fault => 'none'), ...faults);
    await storage.put('base/1', of(large));
    expect((await read(storage, 'base/1')).equals(large)).toBe(true);
    expect(server.open).toBe(0);
  }
});

it('gives up an upload that nobody takes, and leaves nothing of it', async () => {
  await using opened = await open();
  const { server, storage } = opened;
  server.faults.push(...Array.from({ length: 20 }, (): Fault => 'busy'));
  await expect(storage.put('base/1', of(large))).rejects.toThrow('answered 503 of backups');
  expect([await storage.list(''), server.open]).toEqual([[], 0]);
});

it('goes on reading where it was cut off', async () => {
  await using opened = await open();
  const { server, storage } = opened;
  await storage.put('base/1', of(large));
  server.cutReadingAt = 500_000;
  expect((await read(storage, 'base/1')).equals(large)).toBe(true);
});

it('asks for a token each time, and says whose it does not take', async () => {
  await using opened = await open();
  const { server, storage } = opened;
  await storage.put('wal/1', of(Buffer.from('x')));
  const { url } = server;
  const stranger = new BucketStorage({ name: 'backups', url, token: async () => 'another', random: () => 0.5 }, '');
  await expect(stranger.list('')).rejects.toThrow(/answered 401 of backups: .*Invalid Credentials/);
  server.token = 'token-2';
  expect(await storage.list('')).toHaveLength(1);
});

it('tells until when nobody can take an object away: by retention, by a hold, or not at all', async () => {
  await using opened = await open();
  const { server, storage } = opened;
  for (const key of ['wal/1', 'wal/2']) await storage.put(key, of(Buffer.from('x')));
  server.held.add('wal/2');
  const [retained, held] = await storage.list('wal/');
  expect([retained?.lockedUntil, held?.lockedUntil]).toEqual([
    (retained?.storedAt ?? 0) + 30 * 86_400_000,
    Number.POSITIVE_INFINITY,
  ]);
  server.isRetained = false;
  expect((await storage.list('wal/1')).map(({ lockedUntil }) => lockedUntil)).toEqual([null]);
});

it('keeps what is compressed and encrypted like a folder does', async () => {
  await using opened = await open();
  const vault = { storage: opened.storage, key: randomBytes(32) };
  const object = await storeObject(vault, 'export/1/signals', of(large));
  const chunks: Buffer[] = [];
  for await (const chunk of readObject(vault, object)) chunks.push(chunk);
  expect(Buffer.concat(chunks).equals(large)).toBe(true);
});
