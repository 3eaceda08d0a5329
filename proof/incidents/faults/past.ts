import { randomBytes } from 'node:crypto';
import { readdir, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { SCRAPE_JOB } from '../../../alerts/index.ts';
import { catalogue } from '../../../backend/metrics/catalogue.ts';
import { takeExport } from '../../../backend/operations/backup/export.ts';
import { FolderStorage } from '../../../backend/operations/backup/folder-storage.ts';
import { command } from '../../common/service.ts';
import type { PastIncident } from '../incident.ts';
import type { PastStage } from '../stage/past.ts';

const HOUR = 3_600;
const DAY = 24 * HOUR;
const TRIES = 240;
const RESOLVED = catalogue.predictionsResolved.name;
/** Predictions of five days, and how many of them were right. */
const PREDICTIONS = 600;
const RIGHT = 0.35;

export const pastIncidents: readonly PastIncident[] = [
  {
    name: 'failed backup',
    what: 'the exports of the last two hours are not there, the next one fails, and nobody plans another',
    fires: ['BackupTooOld page export', 'RecoveryBudgetBurnSlow'],
    // The promise is counted once a second here, and has to be broken for twenty before that is told.
    minutes: 40,
    inject: loseExports,
    drill: 'BackupTooOld',
  },
  {
    name: 'model that degrades',
    what: `${PREDICTIONS} predictions of five days in which ${RIGHT * 100} % were right, back-filled`,
    fires: ['ModelAccuracyBelow60'],
    minutes: 10,
    inject: (stage) => stage.fill(['true', 'false'].map((correct) => resolved(correct))),
    undo: {
      what: 'the five days pass (they are taken out)',
      work: (stage) => stage.forget(`${RESOLVED}{instance="past"}`),
    },
  },
];

function resolved(correct: string) {
  const until = Math.floor(Date.now() / 1_000) - 60;
  const share = correct === 'true' ? RIGHT : 1 - RIGHT;
  return {
    ...({ family: RESOLVED, type: 'counter', from: until - 5 * DAY, until, step: 300 } as const),
    // Of the process that ran until now.
    labels: { job: SCRAPE_JOB, role: 'all', instance: 'past', correct },
    value: (seconds: number) => Math.floor((seconds / (5 * DAY)) * PREDICTIONS * share),
  };
}

/** As if it had failed for two hours: the newest export that there is was taken then, by the real code under an earlier clock. */
async function loseExports({ service, backups }: PastStage): Promise<void> {
  const client = new pg.Client({ connectionString: service.env['DATABASE_OWNER_URL'] });
  await client.connect();
  await client.query("delete from pgboss.schedule where name = 'backup-export'").finally(() => client.end());
  const folder = join(backups, 'export');
  // The service takes its first one when it starts.
  for (let tries = 0; tries < TRIES && (await namesIn(folder)).length === 0; tries += 1) await sleep(500);
  const recent = await namesIn(folder);
  await takeExport({
    kind: 'export',
    url: service.env['DATABASE_URL'] ?? '',
    vault: { storage: new FolderStorage(backups), key: null },
    clock: { now: () => Date.now() - 2 * HOUR * 1_000 },
    random: () => randomBytes(4).toString('hex'),
  });
  for (const name of recent) await rm(join(folder, name), { recursive: true });

  const place = join(backups, '../no-folder');
  await writeFile(place, 'a file where a folder should be');
  const failed = await exportTo(join(place, 'backups'), { service }).then(
    () => false,
    () => true,
  );
  if (!failed) throw new Error('an export into a file did not fail');
}

function exportTo(backups: string, { service }: Pick<PastStage, 'service'>): Promise<void> {
  const data = service.env['DATA_DIR'] ?? '';
  return command(dirname(data), basename(data), ['backup', 'export'], { BACKUP_DIR: backups });
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}
