import { expect, it } from 'vitest';
import { transaction } from '../../platform/database/pool.ts';
import { openTestStore, type TestConnections } from '../../testing/database.ts';
import { takeInventory } from '../backup/inventory.ts';
import { compare } from './checks.ts';

/** Two events: the last for which the second partition of the log has room, and the first of the third. */
async function fill({ owner }: TestConnections): Promise<void> {
  await owner.query(`
    update stream_head set last_seq = 1999998 where stream = 'public';
    select ensure_partitions(now());
    select append_events('public', array[('SIGNAL_PUBLISHED', 1, now(), '{"a":1}'), ('SIGNAL_PUBLISHED', 1, now(), '{"a":2}')]::new_event[]);
  `);
}

it('misses a partition of the log that is gone, unless an anchor says that it was archived', async () => {
  await using store = await openTestStore('checks', fill);
  const inventory = await transaction(store.owner, takeInventory);
  const faults = async () => {
    const { checks } = await transaction(store.owner, (connection) => compare(connection, inventory, true));
    return Object.fromEntries(checks.map(({ name, fault }) => [name, fault]));
  };
  await store.owner.query(`
    insert into event_log_anchor (stream, seq, epoch, hash, archive, sha256, rows)
      select stream, seq, epoch, hash, 'event_log_1.jsonl.gz', repeat('0', 64), seq from event_log order by seq limit 1;
    drop table event_log_1;
  `);
  expect(await faults()).toMatchObject({ rows: null, checksums: null, 'ledger public': null });
  await store.owner.query('delete from event_log_anchor');
  expect(await faults()).toMatchObject({
    rows: 'event_log has 1 rows, expected at least 2',
    checksums: expect.stringContaining('event_log of public, 1999999 to 2000000: 1 rows'),
  });
});
