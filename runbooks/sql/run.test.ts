import { beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase } from '../../backend/platform/postgres/testing.ts';
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

  it('writes comma-separated values, quoted where they must be', async () => {
    expect((await said(['--csv', `SELECT 'a,"b"' AS x, NULL AS y`])).lines).toEqual(['x,y', '"a,""b""",']);
  });

  it('says what the server refused, and what is no single statement', async () => {
    expect(await said(['SELECT nothing'])).toEqual({ code: 1, lines: ['column "nothing" does not exist'] });
    expect((await said([])).code).toBe(2);
    expect(await main(['SELECT 1'], undefined, () => undefined)).toBe(2);
    expect((await said(['--through', '../api', 'SELECT 1'])).code).toBe(2);
  });
});
