import { cpSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { FolderStorage } from '../../backend/operations/backup/folder-storage.ts';
import { finishedBackups, readManifest } from '../../backend/operations/backup/manifest.ts';
import { Observer } from '../../backend/operations/backup/observe.ts';
import { lsnOf, segmentName, segmentOf } from '../../backend/operations/backup/wal-names.ts';
import { until } from '../common/running.ts';
import { alerting } from './gauges.ts';
import { KEY, type Service, type Told } from './service.ts';

/** A backup that cannot be relied on, and who says so. */
export type Spoilt = {
  readonly name: string;
  /** What was said, and which series shows it. */
  readonly told: string;
  /** Which of the generated rules fired over what was scraped, and after how long. */
  readonly alert: string;
  readonly faults: readonly string[];
};

/** Each of them on a copy of the backups, while the service writes. */
export async function spoiltBackups(service: Service): Promise<Spoilt[]> {
  // A drill that failed is told until one passes, so those come last.
  return [
    await unspoilt(service),
    await halfExport(service),
    await wrongTime(service),
    await flippedByte(service, {
      name: 'one flipped byte in the newest base backup',
      kind: 'base',
      file: 'files.tar.gz.enc',
      expected: /changed or cut off|checksum mismatch/,
    }),
    await flippedByte(service, {
      name: 'one flipped byte in the newest export',
      kind: 'export',
      file: 'event_log.copy.gz.enc',
      expected: /table "event_log" of export.*(changed or cut off|checksum mismatch)/,
    }),
    await missingLog(service, 'record'),
    await missingLog(service, 'content'),
  ];
}

/** As long as nothing is wrong nobody is told. */
async function unspoilt(service: Service): Promise<Spoilt> {
  await service.must('backup', 'export', '--data-dir', service.data);
  const copy = await copyOf(service, 'unspoilt');
  const told = await alerting(service, { vault: vaultOf(copy), minutes: 100, expected: [] });
  return { name: 'nothing', told: 'nothing', ...told };
}

type Flip = {
  readonly name: string;
  readonly kind: 'base' | 'export';
  readonly file: string;
  readonly expected: RegExp;
};

async function flippedByte(service: Service, { name, kind, file, expected }: Flip): Promise<Spoilt> {
  const copy = await copyOf(service, `flipped-${kind}`);
  const [newest = ''] = (await finishedBackups(vaultOf(copy).storage, kind)).slice(-1);
  const path = join(copy, newest, file);
  const bytes = readFileSync(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  return drilled(service, copy, { name, expected, alerts: ['RestoreDrillFailed'], minutes: 1 });
}

/** Of a file of the log there is a record, and its content beside it: without either it is not there. */
async function missingLog(service: Service, part: 'record' | 'content'): Promise<Spoilt> {
  const copy = await copyOf(service, `missing-${part}`);
  const vault = vaultOf(copy);
  const [newest = ''] = (await finishedBackups(vault.storage, 'base')).slice(-1);
  const manifest = await readManifest(vault, newest);
  const before = await new Observer(vault).look();
  if (manifest.kind !== 'base') throw new Error(`${newest} is of kind ${manifest.kind}`);
  // The segment in which the backup ends: without it the copied files are no database.
  const { timeline, stopLsn, walSegmentBytes } = manifest;
  const segment = segmentName(timeline, segmentOf(lsnOf(stopLsn) - 1n, walSegmentBytes), walSegmentBytes);
  for (const gone of filesOf(copy, new RegExp(`${segment}${part === 'record' ? '[.]json' : '-'}`))) rmSync(gone);
  const after = await new Observer(vault).look();
  const shown = await drilled(service, copy, {
    name: `a missing segment of the write-ahead log, its ${part} alone`,
    expected: /is missing/,
    alerts: ['RestoreDrillFailed', 'WalArchiveLag'],
    minutes: 25,
  });
  const isEarlier = (after.latestRecovery ?? 0) < (before.latestRecovery ?? 0);
  const change =
    after.latestRecovery === null
      ? 'has no value'
      : `goes back by ${(((before.latestRecovery ?? 0) - after.latestRecovery) / 1_000).toFixed(0)} s`;
  return {
    ...shown,
    told: `${shown.told}; backup_latest_recovery_time_seconds ${change}`,
    faults: [...shown.faults, ...(isEarlier ? [] : ['the latest moment that could be recovered did not go back'])],
  };
}

async function halfExport(service: Service): Promise<Spoilt> {
  const vault = vaultOf(service.backups);
  // Paused, as the service makes one each hour itself.
  const { before, after, isWhole } = await service.paused(async () => {
    const before = await new Observer(vault).look();
    const folder = join(service.backups, 'export');
    const exports = (): string[] => (existsSync(folder) ? readdirSync(folder) : []);
    const known = exports();
    const running = service.begin(['backup', 'export', '--data-dir', service.data]);
    const begun = () => exports().find((name) => !known.includes(name));
    await until('an export has begun', () => begun() !== undefined, {
      signal: service.signal,
      seconds: 60,
      everyMs: 1,
    });
    running.kill('SIGKILL');
    await running.ended(service.signal);
    const isWhole = existsSync(join(folder, begun() ?? '', 'manifest.json'));
    return { before, after: await new Observer(vault).look(), isWhole };
  });
  const isSame = before.export?.reaches === after.export?.reaches;
  // Of all that come after it none is whole either.
  const { alert, faults } = await alerting(service, {
    ...{ vault, minutes: 100, expected: ['BackupTooOld'] },
    stopped: ['backup_last_success_timestamp_seconds{kind="export",target="folder"}'],
  });
  return {
    name: 'an export that was killed half-way',
    told: `it is not counted: backup_last_success_timestamp_seconds{kind="export"} stays at ${((after.export?.reaches ?? 0) / 1_000).toFixed(0)}`,
    alert,
    faults: [
      ...faults,
      ...(isWhole ? ['the export was whole before it could be killed'] : []),
      ...(isSame ? [] : ['the half export was counted']),
    ],
  };
}

async function wrongTime(service: Service): Promise<Spoilt> {
  const folder = join(service.folder, 'wrong-time');
  const future = new Date(Date.now() + 3_600_000).toISOString();
  const past = '2020-01-01T00:00:00Z';
  const late = await service.command(['restore', '--to', folder, '--at', future]);
  const early = await service.command(['restore', '--to', folder, '--at', past]);
  const left = existsSync(folder) ? readdirSync(folder) : [];
  return {
    name: 'a target time in the future, and one before the first backup',
    told: `${lastLine(late)} / ${lastLine(early)}`.replaceAll(service.folder, '…'),
    alert: 'none: whoever asked is told, with exit code 2',
    faults: [
      ...unless(
        late.end === 'exit code 2' && late.errors.includes('recovery ended before configured recovery target'),
        `the future: ${late.end} ${late.errors}`,
      ),
      ...unless(
        early.end === 'exit code 2' && early.errors.includes('There is no base backup'),
        `the past: ${early.end} ${early.errors}`,
      ),
      ...unless(left.length === 0, `the folder holds ${left.join(', ')}`),
    ],
  };
}

type Drilled = {
  readonly name: string;
  readonly expected: RegExp;
  readonly alerts: readonly string[];
  readonly minutes: number;
};

/** The task that drills says what is wrong, and the service shows it. */
async function drilled(service: Service, copy: string, { name, expected, alerts, minutes }: Drilled): Promise<Spoilt> {
  const told = await service.command(['restore-drill', '--data-dir', service.data], { BACKUP_DIR: copy });
  const series = 'restore_drill_success{scenario="newest"}';
  const isShown = async () => (await service.metric(series)) === 0;
  const shown = await until(series, isShown, { signal: service.signal, seconds: 60, everyMs: 1_000 }).then(
    () => true,
    () => false,
  );
  const { alert, faults } = await alerting(service, { vault: vaultOf(copy), minutes, expected: alerts });
  const said = /FAILED: (.*)/.exec(told.output)?.[1] ?? lastLine(told);
  return {
    name,
    told: `${said}; ${series} ${shown ? 0 : 'is not 0'}`,
    alert,
    faults: [
      ...faults.map((fault) => `${name}: ${fault}`),
      ...unless(told.end === 'exit code 1', `${name}: ${told.end}\n${told.output}${told.errors}`),
      ...unless(expected.test(told.output), `${name}: it was told ${told.output}`),
      ...unless(shown, `${name}: ${series} is not 0`),
    ],
  };
}

/** Of a moment in which no job writes there. */
async function copyOf(service: Service, name: string): Promise<string> {
  const copy = join(service.folder, name);
  await sleep(100);
  await service.paused(async () => cpSync(service.backups, copy, { recursive: true }));
  return copy;
}

function vaultOf(folder: string) {
  return { storage: new FolderStorage(folder), key: Buffer.from(KEY, 'hex') };
}

function filesOf(folder: string, pattern: RegExp): string[] {
  return (readdirSync(folder, { recursive: true }) as string[])
    .filter((name) => pattern.test(name))
    .sort()
    .map((name) => join(folder, name));
}

function lastLine({ errors, output }: Told): string {
  return (errors.trim() === '' ? output : errors).trim().split('\n').at(-1) ?? '';
}

function unless(isSo: boolean, fault: string): string[] {
  return isSo ? [] : [fault];
}
