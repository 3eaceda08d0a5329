import { randomUUID } from 'node:crypto';
import { openEpochs } from '../../log/open-epochs.ts';
import type { Vault } from '../../operations/backup/objects.ts';
import {
  chooseExports,
  type ExportedTable,
  type ExportSet,
  fetchExports,
  tablesIn,
} from '../../operations/restore/exports.ts';
import { loadExports } from '../../operations/restore/load.ts';
import { createPool } from '../../platform/database/pool.ts';
import { UserError } from '../../platform/errors.ts';
import { readSettings } from '../../settings.ts';
import { fact, type Write } from '../console/fact.ts';
import { tellEpoch } from '../console/tell-epoch.ts';
import { unreachable } from '../runtime/open-database.ts';
import { fewLetters, neededVault } from './vault.ts';

export type RestoreExportFlags = {
  readonly to?: string;
  readonly load?: boolean;
  readonly backup?: string;
  readonly from?: string;
};

/** Writes the rows of an export into a folder, or loads them into the database of DATABASE_OWNER_URL, which must be migrated and hold none. */
export async function restoreExportCommand(
  { to, load, backup, from }: RestoreExportFlags,
  { write }: { readonly write: Write },
): Promise<void> {
  const settings = readSettings('restore');
  const { DATABASE_OWNER_URL: ownerUrl } = settings;
  if ((to === undefined) === (load !== true))
    throw new UserError('NO_PLACE', 'The place is missing, expected either --to or --load');
  const vault = neededVault(settings, from);
  fact(write, 'storage', vault.storage.description);
  const set = await chooseExports(vault, backup);
  for (const one of [set.newest, ...(set.rest === null ? [] : [set.rest])])
    fact(write, one.kind, `${one.key}, as of ${new Date(one.takenAt).toISOString()}`);
  if (to !== undefined) {
    await fetchExports(vault, set, to);
    tellTables(write, tablesIn(set));
    fact(write, 'next', `${to}/TABLE.copy is what COPY reads, with the columns in ${to}/manifest.json`);
    return;
  }
  if (ownerUrl === null)
    throw new UserError(
      'MISSING_OWNER',
      'DATABASE_OWNER_URL is missing, expected the database to load into as its owner',
    );
  await loadInto(ownerUrl, { vault, set, write });
}

type Loading = { readonly vault: Vault; readonly set: ExportSet; readonly write: Write };

async function loadInto(ownerUrl: string, { vault, set, write }: Loading): Promise<void> {
  const owner = createPool({
    ...{ url: ownerUrl, name: 'restore-export', size: 1, statementTimeoutMs: 600_000 },
    onError: () => undefined,
  });
  try {
    await owner.query('select 1').catch((error: unknown) => {
      throw unreachable('DATABASE_OWNER_URL', ownerUrl, error);
    });
    tellTables(write, await loadExports(owner, vault, set));
    for (const epoch of await openEpochs(owner, `export-${fewLetters()}`, randomUUID)) tellEpoch(write, epoch);
  } finally {
    await owner.end();
  }
  fact(write, 'next', 'start the service on it', 'and a new backup, at once');
}

function tellTables(write: Write, tables: readonly ExportedTable[]): void {
  for (const { table, rows, backup } of tables) fact(write, 'table', `${table}: ${rows} rows of ${backup}`);
}
