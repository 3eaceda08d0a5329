import { randomUUID } from 'node:crypto';
import { openEpochs } from '../../log/open-epochs.ts';
import { takeInventory } from '../../operations/backup/inventory.ts';
import { chooseBase, readBase, restoreBase } from '../../operations/restore/restore.ts';
import { createPool, transaction } from '../../platform/database/pool.ts';
import { InvalidInput } from '../../platform/errors.ts';
import { readSettings } from '../../settings.ts';
import { fact, type Write } from '../console/fact.ts';
import { tellEpoch } from '../console/tell-epoch.ts';
import { scratchServersOf } from './server-files.ts';
import { fewLetters, neededVault } from './vault.ts';

export type RestoreFlags = {
  readonly to: string;
  readonly at?: string;
  readonly backup?: string;
  readonly from?: string;
  readonly name?: string;
};

const PHASES = { files: 'unpacking the files', log: 'fetching the write-ahead log', replay: 'replaying it' } as const;

/** Makes a data folder out of a backup, opens a new epoch in it, and says how to start on it. */
export async function restoreCommand(flags: RestoreFlags, { write }: { readonly write: Write }): Promise<void> {
  const begin = performance.now();
  const name = nameOf(flags.name);
  const at = instantOf(flags.at);
  const settings = readSettings('restore');
  const vault = neededVault(settings, flags.from);
  const servers = scratchServersOf(settings);
  const base =
    flags.backup === undefined ? await chooseBase(vault, at ?? undefined) : await readBase(vault, flags.backup);
  fact(write, 'storage', vault.storage.description);
  fact(
    write,
    'backup',
    `${base.key}, whole at ${new Date(base.finishedAt).toISOString()}`,
    `PostgreSQL ${base.serverVersion}, ${base.archive.plain.bytes} bytes in ${base.files.length} files`,
  );
  fact(
    write,
    'target',
    at === null ? 'all that the write-ahead log holds' : `just before ${new Date(at).toISOString()}`,
  );
  await restoreBase({
    ...{ vault, base, dataDirectory: flags.to, target: at ?? 'newest', servers },
    onPhase: (phase) => fact(write, seconds(begin), PHASES[phase]),
    onSlow: (slow) => fact(write, seconds(begin), `still replaying after ${slow} s`),
  });
  await using server = await servers.start(flags.to, { archive: settings.BACKUP_DIR !== null });
  const owner = createPool({
    url: server.ownerUrl,
    name: 'restore',
    size: 1,
    statementTimeoutMs: 600_000,
    onError: () => undefined,
  });
  try {
    const { tables } = await transaction(owner, takeInventory);
    const newest = Math.max(...tables.flatMap(({ newest: time }) => time ?? []));
    fact(
      write,
      'rows',
      `${tables.reduce((sum, { rows }) => sum + rows, 0)}, the newest of ${new Date(newest).toISOString()}`,
    );
    // Last, because it writes: what is counted above is what was restored.
    for (const epoch of await openEpochs(owner, name, randomUUID)) tellEpoch(write, epoch);
  } finally {
    await owner.end();
  }
  fact(write, 'took', seconds(begin));
  if (servers.folder === null) tellNext(write, flags.to);
  else fact(write, 'next', `${flags.to}/cluster is what the server starts on`, 'and a new base backup, at once');
}

function tellNext(write: Write, folder: string): void {
  fact(
    write,
    'next',
    `npm run verify-ledger -- --data-dir ${folder}`,
    `npm start -- --data-dir ${folder}`,
    'and a new base backup, at once',
  );
}

function nameOf(given: string | undefined): string {
  const name = given ?? `restore-${fewLetters()}`;
  if (/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(name)) return name;
  throw new InvalidInput('--name', given, '1 to 64 letters, digits, dots, colons, hyphens and underscores');
}

/** Null: as far as possible. */
function instantOf(given: string | undefined): number | null {
  if (given === undefined) return null;
  const instant = Date.parse(given);
  if (/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(given) && !Number.isNaN(instant)) return instant;
  throw new InvalidInput('--at', given, 'a time in UTC such as 2026-11-20T14:30:00Z');
}

function seconds(begin: number): string {
  return `${((performance.now() - begin) / 1_000).toFixed(1)} s`;
}
