import { randomBytes, randomUUID } from 'node:crypto';
import { existsSync, realpathSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { openEpochs } from '../../log/open-epochs.ts';
import { createPool, transaction } from '../../platform/database/pool.ts';
import { UserError } from '../../platform/errors.ts';
import { embeddedServers, type ScratchServers } from '../../platform/postgres/scratch-servers.ts';
import { type BaseManifest, finishedBackups } from '../backup/manifest.ts';
import type { Vault } from '../backup/objects.ts';
import { type Check, type ComparedTable, compare } from './checks.ts';
import { type RestorePhase, readBase, restoreBase } from './restore.ts';
import { smoke } from './smoke.ts';
import { Stopwatch } from './stopwatch.ts';

/** Of our own backups the newest or an older one; or what Cloud SQL keeps by itself. */
export type Scenario = 'newest' | 'older' | 'cloudsql';
export type DrillPhase = RestorePhase | 'start' | 'clone' | 'connect' | 'check' | 'smoke' | 'remove';

export type DrillOptions = {
  readonly vault: Vault;
  /** Who runs the scratch server. Default: the programs that npm brought. */
  readonly servers?: ScratchServers;
  /** Folder in which it gets one of its own. */
  readonly scratch: string;
  /** Data folder of the database in use; null when it is not on this machine. */
  readonly production: string | null;
  /** When the newest row of the database in use was written, ms; null when it cannot be asked. */
  readonly newestRow: number | null;
  /** How this program is started, for the query of the real role. */
  readonly program: readonly string[];
  readonly onPhase?: (phase: DrillPhase) => void;
};

export type DrillResult = {
  readonly scenario: Scenario;
  readonly backup: string;
  readonly ok: boolean;
  readonly checks: readonly Check[];
  readonly tables: readonly ComparedTable[];
  /** Seconds. */
  readonly phases: Partial<Record<DrillPhase, number>>;
  /** Seconds until a query was answered; null when none was. */
  readonly rto: number | null;
  /** Seconds that the newest row was older than that of the database in use; null when one of them is not known. */
  readonly rpo: number | null;
  readonly p95Ms: number | null;
};

const PREFIX = 'heliograph-drill-';

/** The keys of the backups to be drilled: the newest, and any other one. Throws a UserError where there is none. */
export async function chooseForDrill(
  vault: Vault,
  random: () => number,
): Promise<readonly { scenario: Scenario; key: string }[]> {
  const keys = await finishedBackups(vault.storage, 'base');
  const newest = keys.at(-1);
  if (newest === undefined) throw new UserError('NO_BACKUP', `There is no base backup in ${vault.storage.description}`);
  const older = keys[Math.floor(random() * (keys.length - 1))];
  return [
    { scenario: 'newest', key: newest },
    ...(older === undefined || older === newest ? [] : [{ scenario: 'older' as const, key: older }]),
  ];
}

/** Takes away what drills left that were killed, from a folder in which nobody else has anything. `before`: ms. */
export async function removeAbandoned(scratch: string, before: number): Promise<void> {
  for (const name of await readdir(scratch)) {
    const folder = join(scratch, name);
    const isOld = name.startsWith(PREFIX) && (await stat(folder)).mtimeMs < before;
    if (isOld) await rm(folder, { recursive: true, force: true });
  }
}

/** Restores one backup into a server of its own, compares it with what its manifest says, asks it by GraphQL, and takes it away. */
export async function drill(
  options: DrillOptions,
  { scenario, key }: { scenario: Scenario; key: string },
): Promise<DrillResult> {
  const dataDirectory = scratchFolder(options);
  const watch = new Stopwatch<DrillPhase>('files', options.onPhase);
  try {
    const base = await readBase(options.vault, key);
    return await restoreAndCompare({ ...options, dataDirectory, base, scenario }, watch);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return {
      ...{ scenario, backup: key, ok: false, checks: [{ name: watch.phase, fault }], tables: [] },
      phases: watch.end(),
      rto: null,
      rpo: null,
      p95Ms: null,
    };
  } finally {
    await rm(dataDirectory, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

type Restoring = DrillOptions & {
  readonly dataDirectory: string;
  readonly base: BaseManifest;
  readonly scenario: Scenario;
};

async function restoreAndCompare(options: Restoring, watch: Stopwatch<DrillPhase>): Promise<DrillResult> {
  const { vault, base, dataDirectory, scenario, servers = embeddedServers } = options;
  // The newest as far as it goes; of an older one the moment of the backup, so that its counts are the manifest's.
  const target = scenario === 'newest' ? 'newest' : 'backup';
  await restoreBase({ vault, base, dataDirectory, target, servers, onPhase: (phase) => watch.begin(phase) });
  watch.begin('start');
  await using server = await servers.start(dataDirectory, { archive: false });
  const owner = createPool({
    ...{ url: server.ownerUrl, name: 'drill', size: 1, statementTimeoutMs: 0 },
    onError: () => undefined,
  });
  try {
    watch.begin('check');
    const compared = await transaction(owner, (connection) =>
      compare(connection, base.inventory, scenario === 'newest'),
    );
    await openEpochs(owner, 'drill', randomUUID);
    watch.begin('smoke');
    let rto: number | null = null;
    const asked = await smoke({ databaseUrl: server.applicationUrl, program: options.program }, () => {
      rto ??= watch.seconds();
    });
    const checks = [{ name: 'restore', fault: null }, ...compared.checks, { name: 'query', fault: asked.fault }];
    const { newestRow } = options;
    const rpo =
      newestRow === null || scenario !== 'newest' ? null : Math.max(0, newestRow - compared.newestRow) / 1_000;
    const ok = checks.every(({ fault }) => fault === null);
    return {
      scenario,
      backup: base.key,
      ok,
      checks,
      tables: compared.tables,
      phases: watch.end(),
      rto,
      rpo,
      p95Ms: asked.p95Ms,
    };
  } finally {
    await owner.end();
  }
}

/** Its name comes from nobody: a folder that somebody could name is one that somebody could lose. */
function scratchFolder({ scratch, production }: DrillOptions): string {
  const folder = join(realpathSync(scratch), `${PREFIX}${randomBytes(8).toString('hex')}`);
  const used = production === null ? null : existsSync(production) ? realpathSync(production) : resolve(production);
  if (used === folder || folder.startsWith(`${used}${sep}`))
    throw new UserError(
      'DRILL_FOLDER',
      `The scratch server would be in ${folder}, expected a folder outside of ${used}, which is in use`,
    );
  return folder;
}
