import { chmodSync, mkdtempSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canEnter, databaseAccount } from '../../backend/platform/postgres/account.ts';

/** The temporary folder of everything. The database's account must be able to enter it, also where the system's own one belongs to root alone. */
export function makeBase(): string {
  const place = canEnter(tmpdir(), databaseAccount()) ? tmpdir() : '/var/tmp';
  const base = realpathSync(mkdtempSync(join(place, 'heliograph-faults-')));
  chmodSync(base, 0o755);
  return base;
}
