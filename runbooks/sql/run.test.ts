import { rm } from 'node:fs/promises';
import { Client } from 'pg';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEmbeddedPostgres } from '../../backend/platform/postgres/index.ts';
import { createTestDatabase } from '../../backend/platform/postgres/testing.ts';
import { makeTestFolder } from '../../backend/platform/postgres/testing-server.ts';
import { main } from './run.ts';

let address: string;
beforeAll(async () => {
  const database = await createTestDatabase({ name: 'sql' });
  address = database.ownerUrl;
  return () => database.dispose();
});

async function said(args: readonly string[], to: string | undefined = address) {
  const lines: string[] = [];
  const code = await main(args, to, (line) => lines.push(line));
  return { code, lines };
}

async function sessionOf(connectionString: string) {
  const client = new Client({ connectionString, application_name: 'other' });
  client.on('error', () => undefined);
  const hasEnded = new Promise<void>((resolve) => {
    client.once('end', resolve);
  });
  await client.connect();
  return { hasEnded, [Symbol.asyncDispose]: () => client.end() };
}

describe('npm run sql', () => {
  it('prints rows under the names of their columns, and their number', async () => {
    expect(
      await said(["SELECT 1 AS one, NULL AS none, '{\"a\":1}'::json AS thing UNION ALL SELECT 22, 'x', NULL"]),
    ).toEqual({
      code: 0,
      lines: ['one  none  thing', '1    -     {"a":1}', '22   x     -', '2 rows'],
    });
  });

  it('reads only, unless it is told to write', async () => {
    expect((await said(['CREATE TABLE note (text text)'])).lines[0]).toContain('read-only transaction');
    expect((await said(['--write', 'CREATE TABLE note (text text)'])).code).toBe(0);
    expect(await said(['--write', "INSERT INTO note VALUES ('kept')"])).toEqual({
      code: 0,
      lines: ['1 rows, committed'],
    });
    expect((await said(['SELECT text FROM note'])).lines[1]).toBe('kept');
  });

  it('asks as the user that logged in, whose sessions it may then see and end', async () => {
    const asAnother = `${address}?options=${encodeURIComponent('-c role=pg_database_owner')}`;
    await using other = await sessionOf(asAnother);
    const ends =
      'SELECT current_user = session_user AS itself, pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = current_user AND state IS NOT NULL AND application_name = $$other$$';
    expect((await said([ends], asAnother)).lines[1]).toMatch(/^true +true$/);
    await other.hasEnded;
  });

  it('writes comma-separated values, quoted where they must be', async () => {
    expect((await said(['--csv', `SELECT 'a,"b"' AS x, NULL AS y`])).lines).toEqual(['x,y', '"a,""b""",']);
  });

  it('asks the embedded database of a folder as the service does, and says where none runs', async () => {
    const folder = await makeTestFolder();
    const statement = ['--data-dir', folder, 'SELECT current_user AS who, pg_is_in_recovery() AS standby'];
    try {
      const server = await startEmbeddedPostgres({ dataDirectory: folder });
      const { code, lines } = await said(statement).finally(() => server.stop());
      expect({ code, lines }).toMatchObject({
        code: 0,
        lines: [expect.stringMatching(/^who/), expect.stringMatching(/^heliograph/), '1 rows'],
      });
      expect(await said(statement)).toEqual({
        code: 2,
        lines: [expect.stringContaining(`--data-dir is "${folder}", expected`)],
      });
    } finally {
      await rm(folder, { recursive: true });
    }
  }, 60_000);

  it('says what the server refused, and what is no single statement', async () => {
    expect(await said(['SELECT nothing'])).toEqual({ code: 1, lines: ['column "nothing" does not exist'] });
    expect((await said([])).code).toBe(2);
    expect(await main(['SELECT 1'], undefined, () => undefined)).toBe(2);
    expect((await said(['--through', '../api', 'SELECT 1'])).code).toBe(2);
  });
});
