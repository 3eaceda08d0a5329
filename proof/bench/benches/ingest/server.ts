import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import pg from 'pg';
import { type MigrateOptions, migrate } from '../../../../backend/platform/database/migrate.ts';
import { loadCredentials } from '../../../../backend/platform/postgres/credentials.ts';
import { layoutOf } from '../../../../backend/platform/postgres/folder.ts';
import { startEmbeddedPostgres } from '../../../../backend/platform/postgres/index.ts';
import { createDatabase, urlsOf } from '../../../../backend/platform/postgres/roles.ts';
import { makeTestFolder } from '../../../../backend/platform/postgres/testing-server.ts';

/** A database with the product's tables. */
export type Database = { readonly ownerUrl: string; readonly applicationUrl: string };

export type Server = {
  readonly version: string;
  /** The process whose children serve the connections. */
  readonly pid: number;
  /** One for each name. */
  readonly databases: readonly Database[];
  stop(): Promise<void>;
};

/** The product's own PostgreSQL with its own settings: what is committed is on the disk. */
export async function startServer(
  names: readonly string[],
  allowedProvenance: MigrateOptions['allowedProvenance'] = ['SYNTHETIC'],
): Promise<Server> {
  const dataDirectory = await makeTestFolder();
  const remove = () => rm(dataDirectory, { recursive: true, force: true });
  const server = await startEmbeddedPostgres({ dataDirectory }).catch(async (error) => {
    await remove();
    throw error;
  });
  const stop = async () => {
    await server.stop();
    await remove();
  };
  try {
    const credentials = loadCredentials(layoutOf(dataDirectory));
    const urls = names.map((name) => urlsOf(server.port, credentials, name));
    await createAll(urlsOf(server.port, credentials).admin, names);
    for (const { owner } of urls)
      await migrate({ ownerUrl: owner, applicationRole: 'heliograph_app', allowedProvenance });
    const databases = urls.map(({ owner, application }) => ({ ownerUrl: owner, applicationUrl: application }));
    return { version: server.version, pid: server.pid(), databases, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function createAll(adminUrl: string, names: readonly string[]): Promise<void> {
  const client = new pg.Client({ connectionString: adminUrl });
  await client.connect();
  try {
    for (const name of names) await createDatabase(client, name);
  } finally {
    await client.end();
  }
}

/** CPU time of a process in microseconds since it began. Linux alone tells it finely enough. */
export function cpuOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ', 1)[0]) / 1_000;
}
