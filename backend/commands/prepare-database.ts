import { isConnectionError } from '../platform/database/pool.ts';
import { prepareDatabase } from '../platform/database/prepare.ts';
import { databaseRoles } from '../roles.ts';
import { readSettings } from '../settings.ts';
import { fact, type Write } from './console/fact.ts';
import { isRefusedLogin, unreachable } from './runtime/open-database.ts';

/** Makes what the first migration needs of a server of somebody else, and says what was done. */
export async function prepareDatabaseCommand({ write }: { readonly write: Write }): Promise<void> {
  const settings = readSettings('prepare-database');
  const {
    DATABASE_ADMIN_URL: adminUrl,
    DATABASE_OWNER_USERS: owner,
    DATABASE_APPLICATION_USERS: application,
  } = settings;
  if (adminUrl === null || owner === null || application === null)
    throw new Error('Nobody gets here without what requiredBy says');
  const { done, withheld } = await prepareDatabase({
    adminUrl,
    roles: databaseRoles,
    members: { owner: owner.split(','), application: application.split(',') },
  }).catch((error: unknown) => {
    throw isConnectionError(error) || isRefusedLogin(error)
      ? unreachable('DATABASE_ADMIN_URL', adminUrl, error)
      : error;
  });
  const { host, pathname } = new URL(adminUrl);
  fact(write, 'database', `PostgreSQL at ${host}${pathname}`);
  fact(write, 'roles', ...(done.length === 0 ? ['as they must be already'] : done));
  if (withheld.length > 0) fact(write, 'left out', ...withheld);
}
