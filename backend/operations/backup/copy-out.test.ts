import { afterAll, beforeAll, expect, it } from 'vitest';
import { openTestStore, type TestStore } from '../../testing/database.ts';
import { copyOut } from './copy-out.ts';

let store: TestStore;
beforeAll(async () => {
  store = await openTestStore('copy-out');
});
afterAll(() => store.dispose());

// A server whose last bytes come together with the end of the statement: whoever has asked it to pause must let it go on.
it.each([1, 3, 40])('leaves a connection that answers, after %i rows of 2 MB', async (rows) => {
  const connection = await store.pool.connect();
  let bytes = 0;
  for await (const chunk of copyOut(
    connection,
    `copy (select repeat('x', 2000000) from generate_series(1, ${rows})) to stdout`,
  ))
    bytes += chunk.length;
  expect(bytes).toBe(rows * 2_000_001);
  expect((await connection.query('select 1 as one')).rows).toEqual([{ one: 1 }]);
  connection.release();
});

it('leaves it so where the server refuses', async () => {
  const connection = await store.pool.connect();
  const refused = async () => {
    for await (const _ of copyOut(connection, 'copy (select 1 / 0) to stdout'));
  };
  await expect(refused()).rejects.toThrow('division by zero');
  expect((await connection.query('select 2 as two')).rows).toEqual([{ two: 2 }]);
  connection.release();
});
