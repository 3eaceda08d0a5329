import { join } from 'node:path';
import { UserError } from '../../platform/errors.ts';
import { Damaged } from '../backup/damaged.ts';
import { type ExportManifest, finishedBackups, one, readManifest } from '../backup/manifest.ts';
import { readObject, type Vault } from '../backup/objects.ts';
import { emptyFolder, writeWhole } from '../backup/private-files.ts';
import { tables as known } from '../backup/tables.ts';
import type { Check } from './checks.ts';

/** An export, and the newest of all other rows that was taken before it: no row of it refers to one that the first has not; null without one. */
export type ExportSet = { readonly newest: ExportManifest; readonly rest: ExportManifest | null };

/** The rows of one table, and the export that they are of. */
export type ExportedTable = ExportManifest['tables'][number] & { readonly backup: string };

/** The named export or the newest, with the rest that fits. Throws a UserError where there is none, Damaged. */
export async function chooseExports(vault: Vault, backup?: string): Promise<ExportSet> {
  const key = backup ?? (await finishedBackups(vault.storage, 'export')).at(-1);
  if (key === undefined) throw new UserError('NO_BACKUP', `There is no export in ${vault.storage.description}`);
  const newest = await readExport(vault, key);
  if (newest?.kind !== 'export')
    throw new UserError('NO_BACKUP', `${key} is of kind ${newest?.kind ?? 'another'}, expected an export`);
  for (const other of [...(await finishedBackups(vault.storage, 'export-rest'))].reverse()) {
    const rest = await readExport(vault, other);
    if (rest !== null && rest.takenAt <= newest.takenAt) return { newest, rest };
  }
  return { newest, rest: null };
}

/** Each table once. */
export function tablesIn({ newest, rest }: ExportSet): ExportedTable[] {
  const held = new Map<string, ExportedTable>();
  for (const manifest of [newest, ...(rest === null ? [] : [rest])])
    for (const table of manifest.tables)
      if (!held.has(table.table)) held.set(table.table, { ...table, backup: manifest.key });
  return [...held.values()];
}

/** Rows as `COPY` wrote them. Whoever reads them must not act on them before the end. Throws Damaged, which names the table. */
export async function* readRows(vault: Vault, { table, rows, object, backup }: ExportedTable): AsyncGenerator<Buffer> {
  let found = 0;
  try {
    if (!Object.hasOwn(known, table)) throw new Damaged('there is no table of this name');
    for await (const chunk of readObject(vault, object)) {
      found += linesIn(chunk);
      yield chunk;
    }
    if (found !== rows) throw new Damaged(`it has ${found} rows, expected ${rows}`);
  } catch (error) {
    throw error instanceof Damaged
      ? new Damaged(`table "${table}" of ${backup}: ${error.message}`, { cause: error })
      : error;
  }
}

/** Writes each table into a folder that must be new or empty, as `TABLE.copy`, and `manifest.json` with columns, rows and SHA-256. Throws Damaged. */
export async function fetchExports(vault: Vault, set: ExportSet, folder: string): Promise<void> {
  await emptyFolder(folder);
  const tables = tablesIn(set);
  for (const table of tables) await writeWhole(join(folder, `${table.table}.copy`), readRows(vault, table));
  const { takenAt, serverVersion, inventory } = set.newest;
  const written = {
    ...{ takenAt: new Date(takenAt).toISOString(), serverVersion, migrations: inventory.migrations },
    tables: tables.map(({ table, columns, rows, object, backup }) => ({
      table,
      columns,
      rows,
      ...object.plain,
      backup,
    })),
  };
  await writeWhole(join(folder, 'manifest.json'), one(Buffer.from(`${JSON.stringify(written, null, 2)}\n`)));
}

/** Reads the newest export of each kind through. Of a kind that was never taken nothing is said: BackupMissing asks for it. */
export async function exportChecks(vault: Vault): Promise<Check[]> {
  const checks: Check[] = [];
  for (const name of ['export', 'export-rest'] as const) {
    const key = (await finishedBackups(vault.storage, name)).at(-1);
    if (key !== undefined) checks.push({ name, fault: await faultOf(vault, key) });
  }
  return checks;
}

async function faultOf(vault: Vault, key: string): Promise<string | null> {
  try {
    const manifest = await readExport(vault, key);
    if (manifest === null) return `${key} is no export`;
    for (const table of manifest.tables) for await (const _ of readRows(vault, { ...table, backup: key }));
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function readExport(vault: Vault, key: string): Promise<ExportManifest | null> {
  const manifest = await readManifest(vault, key);
  return manifest.kind === 'export' || manifest.kind === 'export-rest' ? manifest : null;
}

/** In the text of COPY each row ends with the only line feed that it holds. */
function linesIn(chunk: Buffer): number {
  let lines = 0;
  for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) lines += 1;
  return lines;
}
