import { randomUUID } from 'node:crypto';
import { type OpenedEpoch, openEpochs } from '../log/open-epochs.ts';
import { createPool } from '../platform/database/pool.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';
import { noFaults } from '../platform/fault-point.ts';
import { silentLogger } from '../platform/telemetry/logger.ts';
import { readSettings } from '../settings.ts';
import { fact, type Write } from './console/fact.ts';
import { tellEpoch } from './console/tell-epoch.ts';
import { type OpenDatabase, openDatabase, unreachable } from './runtime/open-database.ts';

export type NewEpochFlags = { readonly restore?: string; readonly dataDir?: string };

/** To be run once after a restore that lost the newest events, before any role is started on it. */
export async function newEpochCommand(flags: NewEpochFlags, { write }: { readonly write: Write }): Promise<void> {
  const restore = flags.restore ?? '';
  if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(restore))
    throw new InvalidInput(
      '--restore',
      flags.restore,
      '1 to 64 letters, digits, dots, colons, hyphens and underscores',
    );
  const settings = readSettings('new-epoch');
  if (settings.DATABASE_URL !== null && settings.DATABASE_OWNER_URL === null)
    throw new UserError(
      'MISSING_OWNER',
      'DATABASE_OWNER_URL is missing, expected the database of DATABASE_URL as its owner',
    );
  const database = await openDatabase({
    ...{ settings, dataDir: flags.dataDir ?? null, log: silentLogger, faults: () => noFaults },
    onFailed: () => undefined,
  });
  try {
    fact(write, 'database', ...database.description);
    for (const epoch of await openOn(database, restore)) tellEpoch(write, epoch);
  } finally {
    await database.stop();
  }
}

async function openOn({ ownerUrl }: OpenDatabase, restore: string): Promise<OpenedEpoch[]> {
  if (ownerUrl === null) throw new Error('This database came without its owner');
  const pool = createPool({
    ...{ url: ownerUrl, name: 'new-epoch', size: 1, statementTimeoutMs: 30_000 },
    onError: () => undefined,
  });
  try {
    await pool.query('select 1').catch((error: unknown) => {
      throw unreachable('DATABASE_OWNER_URL', ownerUrl, error);
    });
    return await openEpochs(pool, restore, randomUUID);
  } finally {
    await pool.end();
  }
}
