import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { migrate } from '../../../backend/platform/database/migrate.ts';
import { createDatabase } from '../../../backend/platform/postgres/roles.ts';
import { startTestServer } from '../../../backend/platform/postgres/testing-server.ts';

/** A database of one's own: where the service finds it, and its end. */
export type Database = { readonly name: string; readonly url: string; readonly drop: () => Promise<void> };

const APPLICATION_ROLE = 'heliograph_app';
const PROVENANCES = ['LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'] as const;

/** A PostgreSQL server that gives databases: migrated ones, and copies of others. */
export async function openServer() {
  const server = await startTestServer();
  const within = (url: string, name: string): string => Object.assign(new URL(url), { pathname: `/${name}` }).href;

  async function asAdmin(work: (client: pg.Client) => Promise<unknown>): Promise<void> {
    const client = new pg.Client({ connectionString: server.adminUrl });
    await client.connect();
    await work(client).finally(() => client.end());
  }

  async function make(template?: Database): Promise<Database> {
    const name = `feed_${randomBytes(6).toString('hex')}`;
    await asAdmin((client) => createDatabase(client, name, template?.name));
    if (template === undefined) {
      const ownerUrl = within(server.ownerUrl, name);
      await migrate({ ownerUrl, applicationRole: APPLICATION_ROLE, allowedProvenance: PROVENANCES });
    }
    const drop = () => asAdmin((client) => client.query(`drop database if exists ${name} with (force)`));
    return { name, url: within(server.applicationUrl, name), drop };
  }
  return { make, stop: () => server.stop() };
}
