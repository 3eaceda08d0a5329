import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Inventory } from '../../backend/operations/backup/inventory.ts';
import { startEmbeddedPostgres } from '../../backend/platform/postgres/index.ts';
import { flows } from './flow.ts';
import { logAfter } from './log.ts';
import type { Reader } from './reader.ts';
import { HOUR, judged, MINUTE, type Rehearsal } from './rehearsal.ts';
import type { Service } from './service.ts';
import { inventoryFaults, inventoryOf, newestOf } from './stored.ts';

/**
 * The database: somebody deletes what must not be deleted, then the machine dies. The newest base backup and the log bring back the moment just
 * before the mistake. `commons` is told up to where the two histories are one, where a reader has heard more than that.
 */
export async function database(service: Service, reader: Reader, commons: number[]): Promise<Rehearsal> {
  await flows(service, reader);
  const mistake = await deleteSignals(service);
  await flows(service, reader);
  const shipped = await logAfter(service, mistake.at);
  const lastAlive = newestOf(await inventoryOf(service.data));
  await service.kill('both');

  const begin = performance.now();
  const restored = join(service.folder, 'restored');
  const told = await service.must(
    'restore',
    '--to',
    restored,
    '--at',
    new Date(mistake.at).toISOString(),
    '--name',
    'before-the-mistake',
  );
  const { faults, newest, head } = await compare(service, restored, mistake.before);
  if (reader.newest > head) commons.push(head);
  await service.start(restored);
  const rto = (performance.now() - begin) / 1_000;
  await flows(service, reader);
  return judged({
    name: 'database',
    objective: { rto: 15 * MINUTE, rpo: HOUR },
    achieved: { rto, rpo: (mistake.at - newest) / 1_000 },
    shown: `DELETE of ${mistake.deleted} rows while signals are written, kill -9 of all, restore to just before it: row counts and ordered checksums are those of that moment, the ledger holds, a reader was told EPOCH_CHANGED and went on`,
    notShown: `a database of production's size: this one had ${Math.round(bytesOf(told) / 1e6)} MB; how long a person takes to find the moment of the mistake. Without a mistake everything up to ${((lastAlive - shipped) / 1_000).toFixed(0)} s before the death would have come back`,
    faults,
  });
}

type Mistake = { readonly at: number; readonly before: Inventory; readonly deleted: number };

/** Nobody writes while it happens, so that it is known to the row what there was just before. */
async function deleteSignals(service: Service): Promise<Mistake> {
  return service.paused(async () => {
    const before = await inventoryOf(service.data);
    return service.asOwner(async (client) => {
      // Whatever is committed up to here is to come back.
      await sleep(50);
      const { rows } = await client.query<{ at: Date }>('select clock_timestamp() as at');
      await sleep(50);
      const { rowCount: outcomes } = await client.query('delete from outcome');
      const { rowCount: events } = await client.query(`delete from event_log where seq % 3 = 0`);
      return { at: rows[0]?.at.getTime() ?? 0, before, deleted: (outcomes ?? 0) + (events ?? 0) };
    });
  });
}

/** What came back, before the service writes to it. */
async function compare(service: Service, restored: string, before: Inventory) {
  const output = await service.must('verify-ledger', '--data-dir', restored);
  await using _server = await startEmbeddedPostgres({ dataDirectory: restored, archive: true });
  const found = await inventoryOf(restored);
  const faults = inventoryFaults(withoutEpochs(before), found);
  if (!/chain +holds/.test(output)) faults.push(`verify-ledger: ${output}`);
  const head = Number(/the last is (\d+)/.exec(output)?.[1]);
  const newest = Math.max(
    ...found.tables.flatMap((part) => (part.table === 'stream_epoch' ? [] : (part.newest ?? []))),
  );
  return { faults, newest, head };
}

/** The restore itself adds an epoch to each stream. */
function withoutEpochs(inventory: Inventory): Inventory {
  return { ...inventory, tables: inventory.tables.filter(({ table }) => table !== 'stream_epoch') };
}

function bytesOf(told: string): number {
  return Number(/(\d+) bytes/.exec(told)?.[1] ?? Number.NaN);
}
