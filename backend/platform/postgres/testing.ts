import { randomBytes } from 'node:crypto';
import { Client } from 'pg';
import { inject } from 'vitest';
import { createDatabase } from './roles.ts';
import { TEMPLATE_PREFIX, type TestServerUrls } from './testing-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** Set by vitest.global.ts; see `serveTestServer`. */
    testDatabaseBroker: string;
  }
}

/** A database for one test or one file of tests, on the server that all tests of a run share. */
export type TestDatabase = AsyncDisposable & {
  readonly name: string;
  /** As the migrations' role, which owns the database. */
  readonly ownerUrl: string;
  /** As the service's role, with what the migrations granted. */
  readonly applicationUrl: string;
  /** Drops it, also under open connections. */
  dispose(): Promise<void>;
};

export type TestDatabaseOptions = {
  /** Runs once on a template, as the owner of an empty database; it must have closed its connections when it resolves. Each database is a copy. */
  readonly migrate?: (ownerUrl: string) => Promise<void>;
  /**
   * Files of tests that use the same `migrate` share one template under this name; without it each file migrates once.
   * The same name with another `migrate` gives the wrong database.
   */
  readonly template?: string;
  /** Part of the database's name, to recognise it in the server's log. */
  readonly name?: string;
};

/** Makes a fresh database, empty or migrated, in some 30 ms once server and template are there. */
export async function createTestDatabase(options: TestDatabaseOptions = {}): Promise<TestDatabase> {
  const server = await testServer();
  const name = `${(options.name ?? 'test').slice(0, 40)}_${randomBytes(6).toString('hex')}`;
  await asAdmin(server, async (client) => {
    const template = options.migrate && (await ensureTemplate(client, server, options.migrate, options.template));
    await createDatabase(client, name, template);
  });

  const dispose = () => asAdmin(server, (client) => dropDatabase(client, name));
  return {
    name,
    ownerUrl: withDatabase(server.ownerUrl, name),
    applicationUrl: withDatabase(server.applicationUrl, name),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

let answered: Promise<TestServerUrls> | null = null;

function testServer(): Promise<TestServerUrls> {
  answered ??= askBroker();
  return answered;
}

async function askBroker(): Promise<TestServerUrls> {
  const response = await fetch(inject('testDatabaseBroker'));
  if (!response.ok) throw new Error(`The test database server did not start: ${await response.text()}`);
  return (await response.json()) as TestServerUrls;
}

const ownTemplates = new WeakMap<object, string>();

async function ensureTemplate(
  client: Client,
  server: TestServerUrls,
  migrate: (ownerUrl: string) => Promise<void>,
  shared: string | undefined,
): Promise<string> {
  const template = `${TEMPLATE_PREFIX}${shared ?? ownTemplate(migrate)}`;
  // Other test processes may want the same template now: one makes it, the others wait.
  await client.query('select pg_advisory_lock(hashtext($1))', [template]);
  const { rowCount } = await client.query('select from pg_database where datname = $1', [template]);
  if (rowCount === 0) await makeTemplate(client, template, (name) => migrate(withDatabase(server.ownerUrl, name)));
  await client.query('select pg_advisory_unlock(hashtext($1))', [template]);
  return template;
}

// It gets its name when it is whole: nobody may copy a half-migrated one.
async function makeTemplate(client: Client, template: string, fill: (name: string) => Promise<void>): Promise<void> {
  const draft = `draft_${randomBytes(6).toString('hex')}`;
  await createDatabase(client, draft);
  try {
    await fill(draft);
    await client.query(`alter database ${draft} rename to ${client.escapeIdentifier(template)}`);
  } finally {
    await dropDatabase(client, draft);
  }
}

function ownTemplate(migrate: object): string {
  const known = ownTemplates.get(migrate) ?? randomBytes(6).toString('hex');
  ownTemplates.set(migrate, known);
  return known;
}

async function dropDatabase(client: Client, name: string): Promise<void> {
  await client.query(`drop database if exists ${client.escapeIdentifier(name)} with (force)`);
}

function withDatabase(url: string, name: string): string {
  return Object.assign(new URL(url), { pathname: `/${encodeURIComponent(name)}` }).href;
}

async function asAdmin<T>(server: TestServerUrls, action: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: server.adminUrl });
  await client.connect();
  try {
    return await action(client);
  } finally {
    await client.end();
  }
}
