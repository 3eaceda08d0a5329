import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, statSync } from 'node:fs';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { canEnter, databaseAccount } from './account.ts';
import { loadCredentials } from './credentials.ts';
import { layoutOf } from './folder.ts';
import { startEmbeddedPostgres } from './index.ts';
import { endProcessesOf } from './leftovers.ts';
import { holderOf } from './lock.ts';
import { BRIEF } from './postmaster.ts';
import { urlsOf } from './roles.ts';

/** What a test needs to make databases of its own. */
export type TestServerUrls = { readonly adminUrl: string; readonly ownerUrl: string; readonly applicationUrl: string };

type TestServer = TestServerUrls & { stop(): Promise<void> };

/** Databases that hold the result of a migration, to be copied. */
export const TEMPLATE_PREFIX = 'migrated_';

/** Starts one server in a temporary folder, quick and careless of power cuts; `stop` removes it with all its data. */
export async function startTestServer(): Promise<TestServer> {
  await removeAbandonedFolders();
  const dataDirectory = await makeTestFolder();
  const remove = () => rm(dataDirectory, { recursive: true, force: true });
  const server = await startEmbeddedPostgres({ dataDirectory, settings: CARELESS }).catch(async (error) => {
    await remove();
    throw error;
  });
  const urls = urlsOf(server.port, loadCredentials(layoutOf(dataDirectory)));
  const stop = async () => {
    await server.stop();
    await remove();
  };
  return { adminUrl: urls.admin, ownerUrl: urls.owner, applicationUrl: urls.application, stop };
}

export type TestServerBroker = {
  /** Give it to the test processes: a GET starts the server the first time and answers with its TestServerUrls. */
  readonly url: string;
  /** Drops the migrated databases, because the migrations may have changed. */
  forgetTemplates(): Promise<void>;
  stop(): Promise<void>;
};

/** One server for all test processes of a run, started when the first of them asks: a run without a database pays nothing. */
export async function serveTestServer(): Promise<TestServerBroker> {
  let server: Promise<TestServer> | null = null;
  // Every user of this machine can reach the port, and the answer holds passwords.
  const path = `/${randomBytes(24).toString('base64url')}`;
  const broker = createServer((request, response) => {
    if (request.url !== path) return void response.writeHead(404).end();
    server ??= startTestServer();
    void answer(response, server);
  });
  await new Promise<void>((resolve) => broker.listen(0, '127.0.0.1', resolve));
  broker.unref();

  return {
    url: `http://127.0.0.1:${(broker.address() as AddressInfo).port}${path}`,
    forgetTemplates: async () => {
      if (server !== null) await dropTemplates((await server).adminUrl);
    },
    stop: async () => {
      broker.close();
      broker.closeAllConnections();
      // One that did not start was reported to the tests that wanted it.
      const started = await server?.catch(() => null);
      await started?.stop();
    },
  };
}

/** A temporary folder that the database's account can enter, also where the system's own one belongs to root alone. */
export async function makeTestFolder(): Promise<string> {
  const folder = mkdtempSync(join(testFolderBase(), FOLDER_PREFIX));
  await chmod(folder, 0o755);
  return folder;
}

const FOLDER_PREFIX = 'heliograph-test-';

const CARELESS = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '200' };

function testFolderBase(): string {
  return canEnter(tmpdir(), databaseAccount()) ? tmpdir() : '/var/tmp';
}

/** What test runs that were killed left: their servers, still running, and their folders. */
async function removeAbandonedFolders(): Promise<void> {
  const base = testFolderBase();
  const folders = readdirSync(base).filter((name) => name.startsWith(FOLDER_PREFIX));
  // Another run may sweep the same folder now; whoever is slower finds it gone.
  for (const name of folders) await removeAbandoned(join(base, name)).catch(() => {});
}

async function removeAbandoned(folder: string): Promise<void> {
  const { uid, mtimeMs } = statSync(folder);
  // A young folder may belong to a run that has not taken its lock yet.
  const isYoung = mtimeMs > Date.now() - 60_000;
  if (uid !== process.geteuid?.() || isYoung || holderOf(folder) !== null) return;
  await endProcessesOf(join(folder, 'cluster'), BRIEF);
  await rm(folder, { recursive: true, force: true });
}

async function answer(response: ServerResponse, server: Promise<TestServer>): Promise<void> {
  try {
    const { adminUrl, ownerUrl, applicationUrl } = await server;
    response.end(JSON.stringify({ adminUrl, ownerUrl, applicationUrl } satisfies TestServerUrls));
  } catch (error) {
    response.writeHead(500).end(String(error));
  }
}

async function dropTemplates(adminUrl: string): Promise<void> {
  const client = new Client({ connectionString: adminUrl });
  await client.connect();
  try {
    const { rows } = await client.query('select datname from pg_database where starts_with(datname, $1)', [
      TEMPLATE_PREFIX,
    ]);
    for (const { datname } of rows) await client.query(`drop database ${client.escapeIdentifier(datname)}`);
  } finally {
    await client.end();
  }
}
