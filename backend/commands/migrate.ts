import { UserError } from '../platform/errors.ts';
import { readSettings } from '../settings.ts';
import { fact, type Write } from './console/fact.ts';
import { openRuntime } from './runtime/runtime.ts';

/** Brings the schema up to date and says what was done. */
export async function migrateCommand(
  flags: { readonly dataDir?: string },
  { write }: { readonly write: Write },
): Promise<void> {
  const settings = readSettings('migrate');
  if (settings.DATABASE_URL !== null && settings.DATABASE_OWNER_URL === null) {
    throw new UserError(
      'MISSING_OWNER',
      'DATABASE_OWNER_URL is missing, expected the database of DATABASE_URL as its owner',
    );
  }
  const runtime = await openRuntime({
    settings,
    dataDir: flags.dataDir ?? null,
    forPerson: true,
    onFatal: () => undefined,
  });
  try {
    fact(write, 'database', ...runtime.database.description);
    const applied = runtime.migrated ?? [];
    fact(write, 'schema', applied.length === 0 ? 'up to date already' : `applied ${applied.join(', ')}`);
  } finally {
    await runtime.lifecycle.stop();
  }
}
