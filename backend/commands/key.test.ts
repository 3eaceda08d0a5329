import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestApi } from '../testing/api.ts';
import { openTestStore, type TestStore } from '../testing/database.ts';
import { runCommand } from '../testing/process.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('key-command');
});
afterAll(() => store.dispose());

const key = (...args: readonly string[]) =>
  runCommand(['key', ...args], { DATABASE_URL: store.database.applicationUrl, LOG_LEVEL: 'warn' });

it('makes the first key and shows it once, and the service takes it', async () => {
  const { status, stdout, stderr } = key('--tenant', 'acme', '--scopes', 'keys:manage,signals:read', '--days', '7');
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const text = /hg_[0-9a-f]{12}_[\w-]{43}/.exec(stdout)?.[0] ?? '';
  expect(stdout.split(text)).toHaveLength(2);
  expect(stdout).toContain('signals:read, keys:manage');

  await using api = await startTestApi(store, { DEVELOPMENT_PRINCIPAL: false });
  const ask = async (query: string): Promise<unknown> => {
    const headers = { 'content-type': 'application/json', 'x-api-key': text };
    return (await fetch(api.url, { method: 'POST', headers, body: JSON.stringify({ query }) })).json();
  };
  expect(await ask('{ apiKeys { name scopes createdBy } }')).toEqual({
    data: { apiKeys: [{ name: 'first key', scopes: ['SIGNALS_READ', 'KEYS_MANAGE'], createdBy: 'operator' }] },
  });
  expect(await ask('{ models { nodes { id } } }')).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] });
  const { rows } = await store.pool.query<{ body: string }>(
    `select body from event_log where stream = 'audit' and seq = 1`,
  );
  expect(rows.map(({ body }) => JSON.parse(body))).toMatchObject([{ actor: 'operator', tenant: 'acme' }]);
});

it.each([
  ['--scopes', 'signals:write', '--scopes is "signals:write", expected one of signals:read, '],
  ['--days', 'many', '--days is "many", expected an integer'],
  ['--days', '0', 'days is "0", expected an integer from 1 to 366'],
  ['--tenant', '../acme', '--tenant is "../acme", expected '],
])('refuses %s %s by name', (flag, value, message) => {
  const { status, stdout, stderr } = key(flag, value);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toContain(message);
});

it('explains itself', () => {
  expect(key('--help').stdout).toContain('make an API key');
});
