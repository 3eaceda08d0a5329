import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { takeBase } from '../../operations/backup/base.ts';
import { takeExport } from '../../operations/backup/export.ts';
import type { Manifest } from '../../operations/backup/manifest.ts';
import type { Vault } from '../../operations/backup/objects.ts';
import type { PlatformSource } from '../../operations/backup/platform.ts';
import { takePlatform } from '../../operations/backup/platform-backup.ts';
import { type RunKind, recorded } from '../../operations/backup/runs.ts';
import { endSegment, shipWal } from '../../operations/backup/wal.ts';
import { drillCloudSql } from '../../operations/cloud-sql/drill.ts';
import type { CloudSql } from '../../operations/cloud-sql/instance.ts';
import {
  chooseForDrill,
  type DrillPhase,
  type DrillResult,
  drill,
  removeAbandoned,
  type Scenario,
} from '../../operations/restore/drill.ts';
import { exportChecks } from '../../operations/restore/exports.ts';
import { wallClock } from '../../platform/clock.ts';
import type { Pool } from '../../platform/database/pool.ts';
import type { ServerAccess } from '../../platform/postgres/running.ts';
import type { ScratchServers } from '../../platform/postgres/scratch-servers.ts';
import { ourselves } from '../training/ourselves.ts';
import { CLOUD_SQL } from './cloud-sql.ts';
import { fewLetters } from './vault.ts';

/** Where backups go, in dr_run and in the metrics. */
export const TARGET = 'folder';

export type BackupRun = { readonly pool: Pool; readonly vault: Vault };

/** Takes a base backup and writes down that it did. */
export function runBase({ pool, vault }: BackupRun, server: ServerAccess) {
  return recordedBackup(pool, 'full', () => takeBase({ server, vault, clock: wallClock, random: fewLetters }));
}

/** Takes the write-ahead log up to now. Answers of how many files. */
export async function runLog({ vault }: Pick<BackupRun, 'vault'>, server: ServerAccess): Promise<number> {
  await endSegment(server);
  return shipWal(server.walOut, vault, fewLetters);
}

/** Takes an export and writes down that it did. */
export function runExport({ pool, vault }: BackupRun, kind: 'export' | 'export-rest', url: string) {
  const runKind = kind === 'export' ? 'export' : 'export_rest';
  return recordedBackup(pool, runKind, () => takeExport({ kind, url, vault, clock: wallClock, random: fewLetters }));
}

/** Copies what the platform is made anew with, and writes down that it did. */
export function runPlatform({ pool, vault }: BackupRun, sources: readonly PlatformSource[]) {
  return recordedBackup(pool, 'platform', () => takePlatform({ sources, vault, clock: wallClock, random: fewLetters }));
}

function recordedBackup<M extends Manifest>(pool: Pool, kind: RunKind, take: () => Promise<M>): Promise<M> {
  return recorded(pool, { kind, target: TARGET }, async () => {
    const manifest = await take();
    return { ok: true, detail: { backup: manifest.key }, value: manifest };
  });
}

/** Longer than any drill takes. */
const DAY_MS = 86_400_000;

export type DrillRun = BackupRun & {
  readonly production: string | null;
  readonly scratch: string | null;
  readonly servers: ScratchServers;
  readonly onPhase?: (scenario: Scenario, phase: DrillPhase) => void;
};

/** Drills the newest backup and an older one, reads the newest exports through, and writes down what came of each. */
export async function runDrills({
  pool,
  vault,
  production,
  scratch,
  servers,
  onPhase,
}: DrillRun): Promise<readonly DrillResult[]> {
  const chosen = await chooseForDrill(vault, Math.random).catch((error: unknown) =>
    // That there is nothing to be restored is the failure of a drill like any other.
    recorded<never>(pool, { kind: 'drill', target: 'newest' }, async () => {
      throw error;
    }),
  );
  if (servers.folder !== null) await removeAbandoned(servers.folder, wallClock.now() - DAY_MS);
  const results: DrillResult[] = [];
  for (const one of chosen)
    results.push(
      await recorded(pool, { kind: 'drill', target: one.scenario }, async () => {
        const newestRow = await newestEvent(pool);
        const result = await drill(
          {
            ...{ vault, production, newestRow, servers, program: ourselves() },
            scratch: scratch ?? servers.folder ?? scratchPlace(),
            onPhase: (phase) => onPhase?.(one.scenario, phase),
          },
          one,
        );
        const whole = one.scenario === 'newest' ? await withExports(vault, result) : result;
        return { ok: whole.ok, detail: whole, value: whole };
      }),
    );
  return results;
}

/** A backup may be good, and the exports beside it not: they are what is left when the instance goes. */
async function withExports(vault: Vault, result: DrillResult): Promise<DrillResult> {
  const checks = [...result.checks, ...(await exportChecks(vault))];
  return { ...result, checks, ok: result.ok && checks.every(({ fault }) => fault === null) };
}

export type CloudSqlDrillRun = BackupRun & {
  readonly databaseUrl: string;
  readonly cloudSql: CloudSql;
  readonly signal?: AbortSignal;
  readonly onPhase?: (phase: DrillPhase) => void;
};

/** Drills what Cloud SQL keeps by itself, reads the newest exports through, and writes down what came of it. */
export function runCloudSqlDrill({
  pool,
  vault,
  databaseUrl,
  cloudSql,
  signal,
  onPhase,
}: CloudSqlDrillRun): Promise<DrillResult> {
  return recorded(pool, { kind: 'drill', target: CLOUD_SQL }, async () => {
    const result = await drillCloudSql({
      ...{ cloudSql, databaseUrl, program: ourselves(), patience: { signal }, onPhase },
    });
    const whole = await withExports(vault, result);
    return { ok: whole.ok, detail: whole, value: whole };
  });
}

/** What was wrong, in one line; null when nothing was. */
export function drillFault({ ok, checks }: DrillResult): string | null {
  return ok ? null : checks.flatMap(({ name, fault }) => (fault === null ? [] : [`${name}: ${fault}`])).join('; ');
}

async function newestEvent(pool: Pool): Promise<number | null> {
  const { rows } = await pool.query<{ newest: number | null }>(
    `select greatest((select max(recorded_at) from event_log), (select max(recorded_at) from ingest_batch), (select max(started_at) from dr_run)) as newest`,
  );
  return rows[0]?.newest ?? null;
}

/** Not the folder of temporary files, which may be memory, where there is another one that outlasts a restart. */
function scratchPlace(): string {
  return existsSync('/var/tmp') ? '/var/tmp' : tmpdir();
}
