import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { flows } from './flow.ts';
import { logAfter } from './log.ts';
import type { Reader } from './reader.ts';
import { HOUR, judged, type Rehearsal } from './rehearsal.ts';
import type { Service } from './service.ts';
import { inventoryOf, newestOf } from './stored.ts';

/** The log is taken each minute: neither just after that nor just before it. */
const HALF_A_MINUTE_MS = 30_000;

/** The region: nothing is left but what was backed up, in another place. */
export async function region(service: Service, reader: Reader, commons: number[]): Promise<Rehearsal> {
  // After a restore the log goes on as a branch of its own, so a base backup comes first.
  await service.must('backup', 'base', '--data-dir', service.data);
  await flows(service, reader);
  await logAfter(service, Date.now());
  await sleep(HALF_A_MINUTE_MS);
  const lastAlive = newestOf(await inventoryOf(service.data));
  await service.kill('both');
  const elsewhere = join(service.folder, 'elsewhere');
  cpSync(service.backups, elsewhere, { recursive: true });
  for (const lost of [service.backups, service.data, join(service.folder, 'data')])
    rmSync(lost, { recursive: true, force: true, maxRetries: 10 });

  const begin = performance.now();
  const data = join(service.folder, 'other-region');
  cpSync(elsewhere, service.backups, { recursive: true });
  const told = await service.must('restore', '--to', data, '--name', 'other-region');
  const head = Number(/public +goes on after (\d+)/.exec(told)?.[1]);
  const newest = Date.parse(/the newest of (\S+)/.exec(told)?.[1] ?? '');
  if (reader.newest > head) commons.push(head);
  await service.start(data);
  const rto = (performance.now() - begin) / 1_000;
  await flows(service, reader);
  const ledger = await service.must('backup', 'base', '--data-dir', data);
  return judged({
    name: 'region',
    objective: { rto: 4 * HOUR, rpo: HOUR },
    achieved: { rto, rpo: Math.max(0, lastAlive - newest) / 1_000 },
    shown:
      'half a minute after the log was last taken: kill -9 of all, data folders and backups deleted; a new machine has a copy of the backups and nothing else: restored as far as the log goes, the reader went on, and the next base backup was taken',
    notShown:
      'the cluster, the image and the secrets of another region, the move of names and load balancers, the promotion of a replica, which would be the first way, and how long a copy takes between regions',
    faults: [
      ...(Number.isNaN(head) ? [`restore did not tell where the stream goes on: ${told}`] : []),
      ...(/base\//.test(ledger) ? [] : ['no base backup could be taken after the restore']),
    ],
  });
}
