import type { DrillResult } from '../../operations/restore/drill.ts';
import { readSettings } from '../../settings.ts';
import { fact, type Write } from '../console/fact.ts';
import { openBeside } from './beside.ts';
import { drillFault, runDrills } from './run.ts';
import { scratchServersOf } from './server-files.ts';
import { neededVault } from './vault.ts';

export type RestoreDrillFlags = { readonly dataDir?: string; readonly scratch?: string };

/** Restores the newest backup and an older one into a scratch server, and says whether they can be relied on; exit code 1 when not. */
export async function restoreDrillCommand(
  flags: RestoreDrillFlags,
  { write }: { readonly write: Write },
): Promise<void> {
  const settings = readSettings('restore-drill');
  const vault = neededVault(settings);
  fact(write, 'storage', vault.storage.description);
  const database = await openBeside(settings, flags.dataDir ?? null);
  try {
    const results = await runDrills({
      ...{ pool: database.pool, vault, production: database.folder, scratch: flags.scratch ?? null },
      servers: scratchServersOf(settings),
      onPhase: (scenario, phase) => fact(write, scenario, phase),
    });
    for (const result of results) tell(write, result);
    if (results.some(({ ok }) => !ok)) process.exitCode = 1;
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
