import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Clock, wallClock } from '../../platform/clock.ts';
import { Bucket } from '../../platform/google/bucket.ts';
import { BucketServer } from '../../testing/bucket-server.ts';
import { SecretsServer } from '../../testing/secrets-server.ts';
import { FolderStorage } from './folder-storage.ts';
import { storeManifest } from './manifest.ts';
import type { Vault } from './objects.ts';
import { Observer } from './observe.ts';
import { secretsOf, stateOf } from './platform.ts';
import { choosePlatform, fetchPlatform, takePlatform } from './platform-backup.ts';

const CURSOR = 'projects/acme/secrets/heliograph-production-cursor-secret';
const VALUE = Buffer.from('a value that must be nowhere');
const STACK = '.pulumi/stacks/heliograph/production.json';
const checkpoint = Buffer.from(`{"version":3,"checkpoint":{"random":"${randomBytes(40_000).toString('hex')}"}}`);

let folder: string;
let vault: Vault;
let state: BucketServer;
let secrets: SecretsServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-platform-'));
  vault = { storage: new FolderStorage(join(folder, 'backups')), key: randomBytes(32) };
  state = await BucketServer.start('heliograph-state-acme');
  secrets = await SecretsServer.start();
  await keep(STACK, checkpoint);
  await keep('.pulumi/meta.yaml', Buffer.from('version: 1\n'));
  await keep('.pulumi/history/heliograph/production/1.history.json', Buffer.from('{}'));
  await keep('.pulumi/locks/organization/heliograph/production/1.json', Buffer.from('{}'));
  secrets.values.set(CURSOR, VALUE);
});
afterEach(async () => {
  await state[Symbol.asyncDispose]();
  await secrets[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const bucket = () => ({
  ...{ name: 'heliograph-state-acme', url: state.url, token: async () => state.token, random: () => 0.5 },
  ...{ backoffMs: 1, partBytes: 256 * 1024 },
});

async function keep(name: string, content: Buffer): Promise<void> {
  await new Bucket(bucket()).put(
    name,
    (async function* () {
      yield content;
    })(),
  );
}

function take(into: Vault = vault, clock: Clock = wallClock) {
  const sources = [stateOf(bucket()), secretsOf([CURSOR], { url: secrets.url, token: async () => secrets.token })];
  return takePlatform({ sources, vault: into, clock, random: () => randomBytes(4).toString('hex') });
}

/** Everything that lies in the storage, in one. */
async function stored(): Promise<Buffer> {
  const found = await readdir(join(folder, 'backups'), { recursive: true, withFileTypes: true });
  const files = found.filter((file) => file.isFile());
  return Buffer.concat(await Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name)))));
}

it('brings back the state and the secrets byte for byte, for nobody else to read', async () => {
  await take();
  const to = join(folder, 'restored');
  await fetchPlatform(vault, await choosePlatform(vault), to);
  expect((await readdir(to, { recursive: true })).filter((name) => /json|yaml|cursor/.test(name)).toSorted()).toEqual([
    'secrets/heliograph-production-cursor-secret',
    'state/.pulumi/meta.yaml',
    `state/${STACK}`,
  ]);
  expect(await readFile(join(to, 'state', STACK))).toEqual(checkpoint);
  const secret = join(to, 'secrets/heliograph-production-cursor-secret');
  expect(await readFile(secret)).toEqual(VALUE);
  expect([(await stat(to)).mode & 0o777, (await stat(secret)).mode & 0o777]).toEqual([0o700, 0o600]);
});

it('has nothing in plain sight, and takes none without a key', async () => {
  await take();
  const all = await stored();
  expect(all.length).toBeGreaterThan(checkpoint.length / 3);
  for (const text of [VALUE, checkpoint.subarray(0, 30)]) expect(all.includes(text)).toBe(false);
  await expect(take({ ...vault, key: null })).rejects.toThrow('secrets are never stored as they are');
  await expect(choosePlatform({ ...vault, key: randomBytes(32) })).rejects.toThrow('wrong seal');
});

it('keeps every one under a key of its own, and takes the newest unless another is named', async () => {
  const first = await take();
  secrets.values.set(CURSOR, Buffer.from('a newer value'));
  const second = await take(vault, { ...wallClock, now: () => first.takenAt + 1_000 });
  expect(first.key).toMatch(/^platform\/\d{8}T\d{6}Z-[0-9a-f]{8}$/);
  expect((await choosePlatform(vault)).key).toBe(second.key);
  const to = join(folder, 'first');
  await fetchPlatform(vault, await choosePlatform(vault, first.key), to);
  expect(await readFile(join(to, 'secrets/heliograph-production-cursor-secret'))).toEqual(VALUE);
});

it.each<{ what: string; spoil: () => void; told: RegExp }>([
  {
    what: 'a secret may not be read',
    spoil: () => secrets.refused.add(CURSOR),
    told: /answered 403 of projects\/acme/,
  },
  { what: 'a secret is gone', spoil: () => secrets.values.clear(), told: /answered 404/ },
  {
    what: 'the token is not taken',
    spoil: () => {
      state.token = 'another';
    },
    told: /answered 401/,
  },
])('fails loudly where $what, and there is none then that counts', async ({ spoil, told }) => {
  spoil();
  const broken = { ...bucket(), token: async () => 'token-1' };
  const sources = [stateOf(broken), secretsOf([CURSOR], { url: secrets.url, token: async () => secrets.token })];
  await expect(takePlatform({ sources, vault, clock: wallClock, random: () => 'x' })).rejects.toThrow(told);
  expect((await new Observer(vault).look()).platform).toBeNull();
  await expect(choosePlatform(vault)).rejects.toThrow('no backup of the platform');
});

it('does not take a bucket without any state for the one that has it', async () => {
  await using empty = await BucketServer.start('empty');
  const source = stateOf({ ...bucket(), name: 'empty', url: empty.url });
  await expect(source.names()).rejects.toThrow('the bucket empty holds no state of Pulumi');
});

it('leaves nothing of a file that was changed, and writes into no folder that holds something', async () => {
  const { files } = await take();
  const spoilt = join(folder, 'backups', files.find(({ name }) => name.startsWith('secrets/'))?.object.key ?? '');
  const bytes = await readFile(spoilt);
  bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
  await rm(spoilt);
  await writeFile(spoilt, bytes);
  const to = join(folder, 'spoilt');
  await expect(fetchPlatform(vault, await choosePlatform(vault), to)).rejects.toThrow(/changed|mismatch/);
  expect(await readdir(join(to, 'secrets'))).toEqual([]);
  await expect(fetchPlatform(vault, await choosePlatform(vault), to)).rejects.toThrow('new or empty');
});

it('writes nothing outside of the folder, whatever a manifest says', async () => {
  const { files, ...rest } = await take();
  const [first] = files;
  if (first === undefined) throw new Error('nothing was stored');
  const to = join(folder, 'a/b');
  await mkdir(to, { recursive: true });
  for (const [index, name] of ['state/../../../x', '/etc/x', 'x'].entries()) {
    const key = `platform/29990101T00000${index}Z-ffff`;
    await storeManifest(vault, { ...rest, key, files: [{ ...first, name }] });
    await expect(fetchPlatform(vault, await choosePlatform(vault, key), to)).rejects.toThrow('is no name of a file');
  }
});
