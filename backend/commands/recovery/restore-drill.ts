import type { DrillPhase, DrillResult, Scenario } from '../../operations/restore/drill.ts';
import { readSettings, type Settings } from '../../settings.ts';
import { fact, type Write } from '../console/fact.ts';
import { openBeside } from './beside.ts';
import { drillFault, runCloudSqlDrill, runDrills } from './run.ts';
import { scratchServersOf } from './server-files.ts';
import { configuredInstance, neededVault } from './vault.ts';

export type RestoreDrillFlags = { readonly dataDir?: string; readonly scratch?: string };

/**
 * Restores the newest backup and an older one into a scratch server, or what Cloud SQL keeps into a new instance, and says whether they can be relied
 * on; exit code 1 when not.
 */
export async function restoreDrillCommand(
  flags: RestoreDrillFlags,
  { write }: { readonly write: Write },
): Promise<void> {
  const settings = readSettings('restore-drill');
  const results = await drillsOf(settings, flags, write);
  for (const result of results) tell(write, result);
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
}

async function drillsOf(
  settings: Settings<'restore-drill'>,
  flags: RestoreDrillFlags,
  write: Write,
): Promise<readonly DrillResult[]> {
  const cloudSql = configuredInstance(settings);
  const place = cloudSql === null ? neededVault(settings).storage.description : `Cloud SQL, ${cloudSql.instance.name}`;
  fact(write, 'storage', place);
  const database = await openBeside(settings, flags.dataDir ?? null);
  const { pool, url, folder: production } = database;
  const onPhase = (scenario: Scenario, phase: DrillPhase) => fact(write, scenario, phase);
  try {
    if (cloudSql !== null) {
      const run = { pool, vault: neededVault(settings), databaseUrl: url, cloudSql };
      return [await runCloudSqlDrill({ ...run, onPhase: (phase) => onPhase('cloudsql', phase) })];
    }
    return await runDrills({
      ...{ pool, vault: neededVault(settings), production, scratch: flags.scratch ?? null, onPhase },
      servers: scratchServersOf(settings),
    });
  } finally {
    await database.stop();
  }
}

function tell(write: Write, result: DrillResult): void {
  const { scenario, backup, checks, tables, rto, rpo, p95Ms } = result;
  const rows = tables.reduce((sum, { found }) => sum + found, 0);
  const fault = drillFault(result);
  fact(
    write,
    scenario,
    `${backup}: ${fault === null ? `${checks.length} checks passed` : `FAILED: ${fault}`}`,
    `${rows} rows; RTO ${seconds(rto)}, RPO ${seconds(rpo)}; a query takes ${p95Ms === null ? '-' : `${p95Ms.toFixed(0)} ms`} (p95)`,
  );
}

function seconds(value: number | null): string {
  return value === null ? 'not measured' : `${value.toFixed(1)} s`;
}
