import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import pg from 'pg';
import { openOrm } from '../../../backend/commands/runtime/open-orm.ts';
import { migrate } from '../../../backend/platform/database/migrate.ts';
import { createPool } from '../../../backend/platform/database/pool.ts';
import { loadCredentials } from '../../../backend/platform/postgres/credentials.ts';
import { layoutOf } from '../../../backend/platform/postgres/folder.ts';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../../backend/platform/postgres/index.ts';
import { createDatabase, urlsOf } from '../../../backend/platform/postgres/roles.ts';
import { publishing, writeTick } from '../../../backend/signals/publishing.fixture.ts';
import type { Signal } from '../../../backend/signals/signal.ts';
import { factsOf, type SignalFacts } from '../../../backend/signals/signal-event.ts';
import { eventfulTicks, inventMarket, storeMarket, trainOn } from '../../../backend/testing/market.ts';
import { freePort } from '../../../backend/testing/ports.ts';

const APPLICATION_ROLE = 'heliograph_app';
const PROVENANCES = ['LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'] as const;
const TEMPLATE = 'delivery_base';

/** Signals of both sides, so that a filter has something to leave out. */
export type Facts = Readonly<Record<'LONG' | 'SHORT', SignalFacts>>;

export type GroundDatabase = { readonly name: string; readonly url: string; readonly ownerUrl: string };

/** The data folder of a server that is not running, with a database with two signals in it. Each `Ground` is a copy of it. */
export type Soil = { readonly folder: string; readonly facts: Facts /** "18.4" */; readonly postgres: string };

export async function makeSoil(folder: string): Promise<Soil> {
  await using server = await startEmbeddedPostgres({ dataDirectory: folder, port: await freePort() });
  await asAdmin(urlOfAdmin(folder, server.port), (client) => createDatabase(client, TEMPLATE));
  return { folder, postgres: server.version, facts: await fill(urlsIn(folder, server.port, TEMPLATE)) };
}

/** A PostgreSQL server of our own, which keeps what it has acknowledged; each fault that needs one gets a database of it. */
export class Ground implements AsyncDisposable {
  readonly folder: string;
  readonly facts: Facts;
  readonly port: number;
  #server: EmbeddedPostgres | null;

  private constructor(folder: string, server: EmbeddedPostgres, facts: Facts) {
    this.folder = folder;
    this.#server = server;
    this.port = server.port;
    this.facts = facts;
  }

  static async open(soil: Soil, folder: string): Promise<Ground> {
    await copyFolder(soil.folder, folder);
    return new Ground(
      folder,
      await startEmbeddedPostgres({ dataDirectory: folder, port: await freePort() }),
      soil.facts,
    );
  }

  /** Of the superuser. */
  get adminUrl(): string {
    return urlOfAdmin(this.folder, this.port);
  }

  get server(): EmbeddedPostgres {
    if (this.#server === null) throw new Error('the database server is stopped');
    return this.#server;
  }

  async database(name: string): Promise<GroundDatabase> {
    await asAdmin(this.adminUrl, (client) => createDatabase(client, name, TEMPLATE));
    return urlsIn(this.folder, this.port, name);
  }

  async drop({ name }: GroundDatabase): Promise<void> {
    await asAdmin(this.adminUrl, (client) => client.query(`drop database ${name} with (force)`));
  }

  /** All sessions end at once, what was not committed is gone; it stays away until `start`. */
  async stop(): Promise<void> {
    await this.#server?.stop();
    this.#server = null;
  }

  /** On the port that it had. */
  async start(): Promise<void> {
    this.#server ??= await startEmbeddedPostgres({ dataDirectory: this.folder, port: this.port });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

/** With owners and modes, which the server insists on. */
export async function copyFolder(from: string, to: string): Promise<void> {
  const { status, stderr } = await copy(from, to);
  if (status !== 0) throw new Error(`cp: ${stderr}`);
}

/** Not in one go: all ways of all lanes go through this process. */
export async function copy(from: string, to: string): Promise<{ readonly status: number; readonly stderr: string }> {
  const running = spawn('cp', ['-a', from, to], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [stderr, [status]] = await Promise.all([text(running.stderr), once(running, 'exit') as Promise<[number]>]);
  return { status, stderr };
}

export async function asAdmin(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client).finally(() => client.end());
}

function urlOfAdmin(folder: string, port: number): string {
  return urlsOf(port, loadCredentials(layoutOf(folder))).admin;
}

function urlsIn(folder: string, port: number, name: string): GroundDatabase {
  const { owner, application } = urlsOf(port, loadCredentials(layoutOf(folder)), name);
  return { name, url: application, ownerUrl: owner };
}

async function fill({ url, ownerUrl }: GroundDatabase): Promise<Facts> {
  await migrate({ ownerUrl, applicationRole: APPLICATION_ROLE, allowedProvenance: PROVENANCES });
  const market = await inventMarket({ historySessions: 4, liveSessions: 1 });
  const model = await trainOn(market);
  const published = eventfulTicks(market, model).flatMap((tick) => tick.published);
  const of = (side: 'LONG' | 'SHORT'): Signal => {
    const found = published.find((signal) => signal.side === side);
    if (found === undefined) throw new Error(`the invented market has no ${side} signal`);
    return found;
  };
  const signals = [of('LONG'), of('SHORT')];
  const pool = createPool({ url, name: 'faults', size: 2, statementTimeoutMs: 30_000, onError: () => undefined });
  const orm = await openOrm(url, 30_000);
  try {
    await storeMarket({ pool, owner: pool, em: async () => orm.em }, market, model);
    await writeTick(orm.em, market.source, publishing(signals));
    return { LONG: factsOf(of('LONG')), SHORT: factsOf(of('SHORT')) };
  } finally {
    await orm.close(true);
    await pool.end();
  }
}
