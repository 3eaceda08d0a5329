import { runningServer, type ServerAccess } from '../../platform/postgres/running.ts';
import { serversBeside } from '../../platform/postgres/scratch-beside.ts';
import { embeddedServers, type ScratchServers } from '../../platform/postgres/scratch-servers.ts';
import { accessBeside } from '../../platform/postgres/server-beside.ts';
import { type DatabaseSettings, type OpenDatabase, roleOf } from '../runtime/open-database.ts';

type Files = Pick<OpenDatabase, 'folder' | 'beside'>;

/** The data folder of the database, where it is here: that of the embedded server, or DATABASE_FILES. */
export function filesOf({ folder, beside }: Files): string | null {
  return beside?.files ?? folder;
}

/** The server whose files are here; null where nobody runs it, or they are elsewhere. Throws a UserError where they are of another server. */
export async function serverFiles({ folder, beside }: Files): Promise<ServerAccess | null> {
  if (beside !== null) return accessBeside(beside);
  return folder === null ? null : runningServer(folder);
}

export type ScratchSettings = Pick<DatabaseSettings, 'DATABASE_URL' | 'DATABASE_ADMIN_URL' | 'DATABASE_SCRATCH'>;

/** Who runs PostgreSQL on what was restored: whoever sits beside DATABASE_SCRATCH, else the programs that npm brought. */
export function scratchServersOf(settings: ScratchSettings): ScratchServers {
  const { DATABASE_SCRATCH: shared = null, DATABASE_ADMIN_URL: adminUrl = null, DATABASE_URL: url } = settings;
  if (shared === null || adminUrl === null) return embeddedServers;
  const { username, pathname } = new URL(adminUrl);
  return serversBeside({
    shared,
    user: decodeURIComponent(username),
    database: decodeURIComponent(pathname.slice(1)),
    applicationRole: roleOf(url ?? adminUrl),
  });
}
