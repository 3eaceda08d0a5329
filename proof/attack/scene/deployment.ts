import { createHash } from 'node:crypto';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TestIssuer } from '../../../backend/access/key-set.fixture.ts';
import { PERMISSIONS } from '../../../backend/access/permissions.ts';
import { migrate } from '../../../backend/platform/database/migrate.ts';
import { createPool, type Pool } from '../../../backend/platform/database/pool.ts';
import { startTestServer } from '../../../backend/platform/postgres/testing-server.ts';
import { Machine } from '../../common/machine/machine.ts';
import { postForEvents } from '../wire/http.ts';
import type { Deployment, Kind, Scene } from './scene.ts';
import { writeSignals } from './signals.ts';
import { ServiceProcess } from './target.ts';

const ALL_SCOPES = PERMISSIONS.join(' ');

/** The only documents of the service that trusts no others. */
export const TRUSTED = {
  ping: '{ __typename }',
  page: 'query Page($first: Int!) { instruments(first: $first) { nodes { id } } }',
} as const;
export const hashOf = (document: string): string => createHash('sha256').update(document).digest('hex');

type Stop = () => Promise<unknown>;

/** What the process that nobody attacks works in each of its turns, ms: as a service that has a little to do. */
const WORK_MS = 2;

/** A real PostgreSQL, a real issuer and a real process of the service in production; more processes when they are wanted. */
export async function openScene(seed: number): Promise<Scene & AsyncDisposable> {
  const stops: Stop[] = [];
  const dispose = async (): Promise<void> => {
    for (const stop of stops.reverse()) await stop();
  };
  try {
    const folder = await mkdtemp(join(tmpdir(), 'heliograph-attack-'));
    stops.push(() => rm(folder, { recursive: true, force: true }));
    await chmod(folder, 0o755);
    const deployment = await openDeployment(folder, stops);
    const production = await deployment.service('production');
    const machine = new Machine(folder, WORK_MS);
    stops.push(async () => machine[Symbol.dispose]());
    const credential = credentials(deployment.issuer);
    const eventsUrl = await findEvents(production.url, await credential());
    return {
      ...{ production, eventsUrl, machine, seed, credential, deployment, tell: () => undefined },
      [Symbol.asyncDispose]: dispose,
    };
  } catch (error) {
    await dispose();
    throw error;
  }
}

async function openDeployment(folder: string, stops: Stop[]): Promise<Deployment> {
  const database = await startTestServer();
  stops.push(() => database.stop());
  await migrate({
    ownerUrl: database.ownerUrl,
    applicationRole: 'heliograph_app',
    // What is attacked reads signals; those here are of an invented market.
    allowedProvenance: ['LIVE', 'DELAYED', 'PAPER', 'REPLAY', 'SYNTHETIC'],
  });
  const [owner, application, admin] = [database.ownerUrl, database.applicationUrl, database.adminUrl].map(openPool) as [
    Pool,
    Pool,
    Pool,
  ];
  stops.push(
    () => owner.end(),
    () => application.end(),
    () => admin.end(),
  );
  await fill(owner);
  const issuer = await TestIssuer.start();
  stops.push(() => issuer[Symbol.asyncDispose]());
  const rsa = await issuer.alsoShow('rsa', 'RS256');
  const manifest = join(folder, 'trusted.json');
  await writeFile(
    manifest,
    JSON.stringify(Object.fromEntries(Object.values(TRUSTED).map((text) => [hashOf(text), text]))),
  );

  const production = {
    ...{ ENVIRONMENT: 'production', DATABASE_URL: database.applicationUrl, DATABASE_POOL_SIZE: '8' },
    CURSOR_SECRET: 'known-to-this-run-of-attacks-alone-1234',
    ...{ AUTH_ISSUER: issuer.url, AUTH_AUDIENCE: 'heliograph', AUTH_JWKS_URL: `${issuer.url}/keys` },
  };
  // How busy this machine is with other work is not what is attacked; the attack that is about load has a service of its own.
  const unhurried = { ...production, OVERLOAD_DELAY_MS: '10000' };
  const settings: Readonly<Record<Kind, Readonly<Record<string, string>>>> = {
    production: unhurried,
    trusted: { ...unhurried, TRUSTED_DOCUMENTS: 'on', TRUSTED_DOCUMENTS_FILE: manifest },
    tight: { ...unhurried, RATE_LIMIT_BURST: '50000', RATE_LIMIT_PER_SECOND: '1000' },
    development: { ENVIRONMENT: 'development', DATABASE_URL: database.applicationUrl },
  };
  let signals: Promise<readonly string[]> | null = null;
  const started = new Map<Kind, Promise<ServiceProcess>>();
  stops.push(() => Promise.all([...started.values()].map(async (one) => (await one).stop())));
  return {
    ...{ issuer, rsa, owner, admin, application },
    applicationUrl: database.applicationUrl,
    signals: () => {
      signals ??= writeSignals({ owner, application, applicationUrl: database.applicationUrl });
      return signals;
    },
    service: (kind) => {
      const service = started.get(kind) ?? ServiceProcess.start(settings[kind]);
      started.set(kind, service);
      return service;
    },
    start: (more) => ServiceProcess.start({ ...production, ...more }),
  };
}

/** More instruments than a page has, and a bar or two. */
async function fill(owner: Pool): Promise<void> {
  await owner.query(`insert into instrument (id, symbol, mic, calendar, tick, currency, asset_class)
    select 'atk-' || lpad(n::text, 3, '0'), 'ATK' || n, 'XNAS', 'XNYS', 0.01, 'USD', 'EQUITY' from generate_series(1, 130) as n`);
}

function openPool(url: string): Pool {
  return createPool({ url, name: 'attack', size: 4, statementTimeoutMs: 60_000, onError: () => undefined });
}

/** Each is another user, so that no attack uses up what another may ask for. */
function credentials(issuer: TestIssuer): Scene['credential'] {
  let users = 0;
  return async (claims = {}) => {
    users += 1;
    const token = await issuer.token(Date.now(), {
      sub: `attacker-${users}`,
      scope: ALL_SCOPES,
      jti: `t-${users}`,
      ...claims,
    });
    return { authorization: `Bearer ${token}` };
  };
}

const EVENT_PATHS = ['', '/stream'];

/** Where a subscription is answered with a stream of events. */
async function findEvents(url: string, headers: { readonly authorization: string }): Promise<string | null> {
  for (const path of EVENT_PATHS) {
    const answer = await postForEvents(
      `${url}${path}`,
      { query: 'subscription { signalEvents { __typename } }' },
      headers,
    );
    if (answer.headers['content-type']?.startsWith('text/event-stream')) return `${url}${path}`;
  }
  return null;
}
