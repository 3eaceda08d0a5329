import { describe, expect, it } from 'vitest';
import { type Reader, readSettings, SettingsError, variables } from '../../backend/settings.ts';
import { secrets } from '../components/secrets.ts';
import type { Config } from '../config/config.ts';
import { profiles } from '../config/profiles.ts';
import { localSteps } from '../next-steps.ts';
import { authority } from '../testing/engine/outputs-google.ts';
import { environmentOf, migrationEnvironment, onGoogle, preparationEnvironment, type Value } from './environment.ts';
import { localEnvironments } from './stores/environments.ts';

const auth = {
  issuer: 'https://login.example.com/',
  audience: 'heliograph',
  jwksUrl: 'https://login.example.com/keys',
};
const made = {
  edge: '198.51.100.7',
  domain: 'signals.example.com',
  cache: { url: 'rediss://10.0.2.8:6379', authorities: authority },
  backups: 'heliograph-production-backups',
  instance: 'acme:europe-west3:heliograph-production-database',
};
const roles = ['api', 'pipeline', 'worker', 'synthetic'] as const;
const stacks = Object.entries(profiles)
  .filter(([, { place }]) => place === 'google')
  .flatMap(([name, profile]) => roles.map((role) => ({ name, role, profile })));

/** What a reader refuses to start without: each mistake begins with the name of a variable. */
function neededBy(reader: Reader, env: Readonly<Record<string, string>>): string[] {
  try {
    readSettings(reader, env);
    return [];
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    return error.mistakes.flatMap((mistake) => /^[A-Z_]+/.exec(mistake)?.[0] ?? []);
  }
}

/** As the container gets it: what a secret holds is put in. */
function resolved(environment: Readonly<Record<string, Value>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(environment).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : name === 'BACKUP_KEY' ? 'a'.repeat(64) : 's'.repeat(40),
    ]),
  );
}

describe.each(stacks)('$role in $name', ({ role, profile }) => {
  const stack: Pick<Config, 'environment' | 'feed' | 'auth' | 'sizes'> = { ...profile, auth };
  const environment = environmentOf(role, stack, onGoogle('hg-api@acme.iam', made));

  it('starts with what its container gets', () => {
    expect(() => readSettings(role, resolved(environment))).not.toThrow();
  });

  it('gets nothing that it does not read', () => {
    const readers = (name: string): readonly string[] =>
      Object.entries(variables).find(([known]) => known === name)?.[1].readers ?? [];
    expect(Object.keys(environment).filter((name) => !readers(name).includes(role))).toEqual([]);
  });

  it('gets no secret in plain sight, and none that is not its own', () => {
    for (const [name, value] of Object.entries(environment)) {
      if (typeof value === 'string') continue;
      const entry = Object.entries(secrets).find(([secret]) => secret === value.secret);
      expect(entry?.[1].readers, name).toContain(role);
    }
    // Without a password the address of the database is no secret.
    if (role !== 'synthetic') expect(new URL(String(environment['DATABASE_URL'])).password).toBe('');
    else expect(environment['SYNTHETIC_URL']).toBe('https://signals.example.com/graphql');
  });

  it('needs every variable that it gets without a default, in production', () => {
    if (profile.environment !== 'production') return;
    const needed = neededBy(role, { ENVIRONMENT: 'production' });
    expect(needed).toContain(role === 'synthetic' ? 'SYNTHETIC_API_KEY' : 'DATABASE_URL');
    for (const name of needed) {
      const { [name]: _gone, ...rest } = resolved(environment);
      expect(() => readSettings(role, rest), name).toThrow(name);
    }
  });
});

it('whoever takes backups is told for how long the bucket must keep them, where it must', () => {
  const told = (backupDays?: number) =>
    roles.filter((role) => {
      const place = onGoogle('hg-api@acme.iam', { ...made, backupDays });
      const environment = environmentOf(role, { ...profiles.production, auth }, place);
      expect(() => readSettings(role, resolved(environment))).not.toThrow();
      return environment['BACKUP_LOCK_DAYS'] === '30';
    });
  expect(told(30)).toEqual(['pipeline', 'worker']);
  expect(told()).toEqual([]);
});

it('the worker alone is told what of the platform goes into the backups, where that is wanted', () => {
  const platform = { state: 'heliograph-state-acme', secrets: 'projects/acme/secrets/cursor-secret' };
  const told = (more: Partial<typeof made & { platform: typeof platform }>) =>
    roles.filter((role) => {
      const place = onGoogle('hg-api@acme.iam', { ...made, ...more });
      const environment = environmentOf(role, { ...profiles.production, auth }, place);
      expect(() => readSettings(role, resolved(environment))).not.toThrow();
      return environment['BACKUP_STATE'] === 'gs://heliograph-state-acme';
    });
  expect(told({ platform })).toEqual(['worker']);
  expect(told({})).toEqual([]);
});

it('the worker alone is told which instance of Cloud SQL it asks for backups', () => {
  const told = roles.filter((role) => {
    const environment = environmentOf(role, { ...profiles.production, auth }, onGoogle('hg-api@acme.iam', made));
    return environment['CLOUDSQL_INSTANCE'] === made.instance;
  });
  expect(told).toEqual(['worker']);
});

it('what is followed is told to the feed that follows it, and to no other', () => {
  const told = (feed: 'alpaca' | 'coinbase' | 'simulated', symbols: string) =>
    environmentOf('pipeline', { ...profiles.staging, auth, feed, symbols }, onGoogle('p@acme.iam', made));
  expect(told('alpaca', 'AAPL,SPY')).toMatchObject({ ALPACA_SYMBOLS: 'AAPL,SPY' });
  expect(told('coinbase', 'BTC-USD')).toMatchObject({ COINBASE_PRODUCTS: 'BTC-USD' });
  expect(JSON.stringify(told('simulated', 'AAPL'))).not.toContain('AAPL');
});

it('the preparation starts with what its container gets, and the migration acts as what it made', () => {
  const users = {
    api: 'a@acme.iam',
    pipeline: 'p@acme.iam',
    worker: 'w@acme.iam',
    prepare: 'x@acme.iam',
    migrate: 'm@acme.iam',
  };
  const settings = readSettings('prepare-database', resolved(preparationEnvironment(users)));
  expect(settings.DATABASE_OWNER_USERS).toBe('m@acme.iam');
  expect(settings.DATABASE_APPLICATION_USERS?.split(',').sort()).toEqual([
    'a@acme.iam',
    'm@acme.iam',
    'p@acme.iam',
    'w@acme.iam',
  ]);

  const { DATABASE_URL, DATABASE_OWNER_URL } = migrationEnvironment({ ...profiles.production, auth }, users.migrate);
  expect([DATABASE_OWNER_URL, DATABASE_URL].map((url) => new URL(String(url)).searchParams.get('options'))).toEqual([
    '-c role=heliograph_owner',
    '-c role=heliograph_app',
  ]);
});

it('a task needs every variable that its container gets without a default, and gets nothing that it does not read', () => {
  const users = { api: 'a@i', pipeline: 'p@i', worker: 'w@i', prepare: 'x@i', migrate: 'm@i' };
  const tasks = {
    migrate: migrationEnvironment({ ...profiles.production, auth }, users.migrate),
    'prepare-database': preparationEnvironment(users),
  } as const;
  for (const [task, environment] of Object.entries(tasks) as [keyof typeof tasks, Readonly<Record<string, Value>>][]) {
    const reads = Object.entries(variables).filter(([, { readers }]) => (readers as readonly Reader[]).includes(task));
    const known = new Set(reads.map(([name]) => name));
    expect(Object.keys(environment).filter((name) => !known.has(name))).toEqual([]);
    expect(neededBy(task, { ENVIRONMENT: 'production' }).filter((name) => !(name in environment))).toEqual([]);
  }
});

it('who is on the way of a signal is told where traces go, where that is said', () => {
  const stack = { ...profiles.production, auth, tracesUrl: 'https://traces.example.com/v1/traces' };
  const told = roles.filter(
    (role) => environmentOf(role, stack, onGoogle('hg-api@acme.iam', made))['TRACES_URL'] === stack.tracesUrl,
  );
  expect(told).toEqual(['api', 'pipeline']);
});

it('the migration starts with what its container gets', () => {
  const environment = migrationEnvironment({ ...profiles.production, auth }, 'hg-migrate@acme.iam');
  expect(() => readSettings('migrate', resolved(environment))).not.toThrow();
});

describe('where nothing of Google is', () => {
  const { place, preparation, migration, keeper } = localEnvironments(profiles.local);
  // As the operator is told to make them.
  const secrets = Object.fromEntries(
    localSteps({ image: undefined, images: {}, context: undefined }).flatMap((step) => {
      const [, name, value] = /--from-literal=(\w+)="(.*)"$/.exec(step) ?? [];
      return name === undefined || value === undefined
        ? []
        : [[name, value.replace(/\$\w+|\$\(.*?\)/g, 'p'.repeat(48))]];
    }),
  );
  const filled = (environment: Readonly<Record<string, Value>>) =>
    Object.fromEntries(
      Object.entries(environment).map(([name, value]) => [
        name,
        typeof value === 'string' ? value : secrets[value.secret],
      ]),
    );

  it.each(['api', 'pipeline', 'worker'] as const)('%s starts with what its container gets', (role) => {
    const settings = readSettings(role, filled(environmentOf(role, { ...profiles.local, auth: undefined }, place)));
    expect(settings.DATABASE_URL).toContain('role%3Dheliograph_app');
    expect(settings.REDIS_URL).toBe('redis://cache:6379');
  });

  it('the subscriber follows the api in the cluster, and has no way to the database', () => {
    const key = { SYNTHETIC_API_KEY: 'hg_key' };
    const environment = environmentOf('synthetic', { ...profiles.local, auth: undefined }, place);
    expect(environment).not.toHaveProperty('DATABASE_URL');
    const given = Object.entries(environment).map(([name, value]) => [
      name,
      typeof value === 'string' ? value : key.SYNTHETIC_API_KEY,
    ]);
    expect(readSettings('synthetic', Object.fromEntries(given)).SYNTHETIC_URL).toBe('http://api:4000/graphql');
  });

  it('so do the tasks before them, the migration as the owner', () => {
    expect(readSettings('prepare-database', filled(preparation)).DATABASE_ADMIN_URL).not.toContain('role');
    expect(readSettings('migrate', filled(migration)).DATABASE_OWNER_URL).toContain('role%3Dheliograph_owner');
  });

  it.each(['worker', 'backup', 'restore', 'restore-drill'] as const)(
    '%s starts with what stands beside the database',
    (reader) => {
      const settings = readSettings(reader, filled(keeper));
      expect(settings.BACKUP_DIR).toBe('/backups');
      expect(settings.DATABASE_ADMIN_URL).not.toContain('role');
    },
  );
});
