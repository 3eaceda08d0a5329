import { chmodSync, chownSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseAccount } from './account.ts';
import { defaultDataDirectory } from './folder.ts';
import { startEmbeddedPostgres } from './index.ts';
import { makeTestFolder } from './testing-server.ts';

const account = databaseAccount();

let base: string;
beforeAll(async () => {
  base = await makeTestFolder();
});
afterAll(() => rm(base, { recursive: true }));

const refusal = (dataDirectory: string) =>
  startEmbeddedPostgres({ dataDirectory }).then(
    (server) => server.stop().then(() => 'started'),
    (error: Error) => `${error.name}: ${error.message}`,
  );

/** A data folder with something in the place of the cluster. */
function withCluster(name: string, files: Record<string, string>): string {
  const cluster = join(base, name, 'cluster');
  mkdirSync(cluster, { recursive: true });
  // Also under a strict umask.
  chmodSync(join(base, name), 0o755);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(cluster, file), text);
  if (account !== null) chownSync(cluster, account.uid, account.gid);
  return join(base, name);
}

describe('a data folder that cannot be used', () => {
  it('is refused when it is a file, or lies under one', async () => {
    const file = join(base, 'file');
    writeFileSync(file, '');
    expect(await refusal(file)).toBe(
      `UserError: The data folder is "${file}", expected a folder that can be written: a file has that name (EEXIST). Choose another with --data-dir.`,
    );
    expect(await refusal(join(file, 'below'))).toContain('a part of the path is a file (ENOTDIR)');
  });

  it.skipIf(account !== null)('is refused when it is read-only (root may write everywhere)', async () => {
    const closed = join(base, 'closed');
    mkdirSync(closed, { mode: 0o555 });
    expect(await refusal(closed)).toContain('this user may not write there (EACCES)');
    expect(await refusal(join(closed, 'below'))).toContain('this user may not write there (EACCES)');
  });

  it.skipIf(account === null)(
    'is refused when root has it to itself, because the database does not run as root',
    async () => {
      const own = join(base, 'own');
      mkdirSync(own, { mode: 0o700 });
      expect(await refusal(join(own, 'database'))).toContain('expected one that uid 65534 can enter');
    },
  );

  it('is refused when another PostgreSQL wrote it', async () => {
    const old = withCluster('old', { PG_VERSION: '15\n' });
    expect(await refusal(old)).toBe(
      `UserError: The data folder "${old}" cannot be opened: "${join(old, 'cluster')}" was written by PostgreSQL "15", expected 18. Choose another with --data-dir.`,
    );
  });

  it('is refused when what lies there is no database, or has lost its passwords', async () => {
    expect(await refusal(withCluster('other', { 'photo.jpg': '' }))).toContain('is not a PostgreSQL database');
    expect(await refusal(withCluster('lost', { PG_VERSION: '18\n' }))).toContain(
      'it is missing, and the database exists',
    );
    const spoilt = withCluster('spoilt', { PG_VERSION: '18\n' });
    writeFileSync(join(spoilt, 'credentials.json'), '{"superuser": ""}');
    expect(await refusal(spoilt)).toContain(`${join(spoilt, 'credentials.json')}": it cannot be read`);
  });

  it.skipIf(account === null)('is refused when it belongs to another user', async () => {
    const foreign = withCluster('foreign', { PG_VERSION: '18\n' });
    chownSync(join(foreign, 'cluster'), 12_345, 12_345);
    expect(await refusal(foreign)).toContain('belongs to uid 12345, expected uid 65534');
  });
});

describe('defaultDataDirectory', () => {
  it('lies inside the repository', () => {
    expect(defaultDataDirectory(base)).toEqual({ directory: join(base, '.heliograph', 'database'), reason: null });
  });

  it.skipIf(account === null)(
    'lies outside a closed home when root starts it, in the same place each time, and says why',
    () => {
      const home = mkdtempSync(join(base, 'home-'));
      const clone = join(home, 'heliograph');
      mkdirSync(clone);
      chmodSync(clone, 0o755);
      const outside = defaultDataDirectory(clone);

      expect(outside.directory).toMatch(/^\/var\/(lib|tmp)\/heliograph-[0-9a-f]{12}$/);
      expect(outside.reason).toContain(`cannot enter "${clone}"`);
      expect(defaultDataDirectory(clone)).toEqual(outside);
      expect(defaultDataDirectory(join(home, 'another')).directory).not.toBe(outside.directory);

      chmodSync(home, 0o755);
      expect(defaultDataDirectory(clone).reason).toBeNull();
    },
  );
});
