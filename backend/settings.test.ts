import { describe, expect, it } from 'vitest';
import { type Reader, readSettings, SettingsError, settingsFingerprint, settingsWarnings } from './settings.ts';
import { makeAuthority } from './testing/certificates.ts';

const secret = 'a-key-that-only-this-test-knows-of-1234';
const database = 'postgres://app:hunter2@db.example:5432/heliograph';

describe('readSettings', () => {
  it('starts everything on a machine where nothing is set', () => {
    const settings = readSettings('all', {});
    expect(settings).toMatchObject({
      ENVIRONMENT: 'development',
      PORT: 4000,
      HOST: '127.0.0.1',
      INTERNAL_PORT: 4001,
      DATABASE_URL: null,
    });
  });

  it('turns text into values', () => {
    const settings = readSettings('all', {
      PORT: '8080',
      DATABASE_URL: database,
      REQUIRE_EDGE: 'true',
      SIGNAL_TOP_QUANTILE: '0.5',
      FAULT_POINT: 'step.before-append:3:postmaster',
    });
    expect(settings).toMatchObject({
      PORT: 8080,
      DATABASE_URL: database,
      REQUIRE_EDGE: true,
      SIGNAL_TOP_QUANTILE: 0.5,
      FAULT_POINT: { name: 'step.before-append', occurrence: 3, target: 'postmaster' },
    });
  });

  it('gives a role only the variables that it may read, and does not look at the others', () => {
    const settings = readSettings('pipeline', { DATABASE_URL: database, PORT: 'abc', DATABASE_OWNER_URL: 'nonsense' });
    expect(Object.keys(settings)).not.toContain('PORT');
    const never = (): void => {
      // @ts-expect-error the pipeline serves nobody
      settings.PORT;
      // @ts-expect-error there is no such setting
      readSettings('all').PROT;
    };
    expect(never).toBeTypeOf('function');
    const port: number = readSettings('all', {}).PORT;
    expect(port).toBe(4000);
  });

  it('tells all mistakes together', () => {
    const message = refused('all', { PORT: 'abc', POLL_INTERVAL_MS: '100', REQUIRE_EDGE: 'yes', LOG_LEVEL: 'loud' });
    expect(message).toBe(
      'Cannot start: LOG_LEVEL is "loud", expected debug, info, warn or error; PORT is "abc", expected an integer from 1 to 65535; ' +
        'REQUIRE_EDGE is "yes", expected true or false; POLL_INTERVAL_MS is "100", expected an integer from 250 to 1000',
    );
  });

  it.each([
    ['PORT', '0'],
    ['PORT', '65536'],
    ['PORT', '4e3'],
    ['PORT', ''],
    ['PORT', ' 4000'],
    ['SIGNAL_TOP_QUANTILE', '0'],
    ['SIGNAL_TOP_QUANTILE', '0.51'],
    ['SIGNAL_TOP_QUANTILE', 'NaN'],
    ['SIGNAL_TOP_QUANTILE', '-0.1'],
    ['SUBSCRIPTION_CHECKPOINT_MS', '5001'],
    ['ENVIRONMENT', 'prod'],
    ['HOST', '0.0.0.0'],
    ['DATA_DIR', ''],
    ['REDIS_KEY_PREFIX', 'two words'],
    ['OVERLOAD_DELAY_MS', '19'],
    ['FAULT_POINT', 'step.before-append:0:node'],
    ['FAULT_POINT', 'step.before-append:1:everything'],
    ['FAULT_POINT', 'step.before-append:1'],
  ])('refuses %s=%j, by name and value', (name, value) => {
    expect(refused('all', { [name]: value })).toContain(`${name} is ${JSON.stringify(value)}, expected `);
  });

  it('takes the address of a Redis server, and never shows one', () => {
    for (const url of ['redis://cache:6379', 'rediss://user:hunter2@cache.example:6380/0', 'redis://:hunter2@cache'])
      expect(readSettings('worker', { DATABASE_URL: database, REDIS_URL: url }).REDIS_URL).toBe(url);
    expect(readSettings('all', {}).REDIS_URL).toBeNull();
    for (const url of ['http://cache', 'cache:6379', 'redis://', 'redis://:hunter2@cache/name', '']) {
      const message = refused('all', { REDIS_URL: url });
      expect(message).toContain('REDIS_URL is "***", expected a URL like redis://');
      expect(message).not.toContain('hunter2');
    }
  });

  it('sends an access token encrypted only, and takes no authority that nothing would look at', () => {
    const google = { REDIS_AUTH: 'google', REDIS_URL: 'rediss://10.0.0.7:6379' };
    expect(readSettings('all', google).REDIS_AUTH).toBe('google');
    expect(refused('all', { ...google, REDIS_URL: 'redis://10.0.0.7:6379' })).toContain(
      'a token is sent encrypted only',
    );
    expect(refused('all', { REDIS_AUTH: 'google' })).toContain('REDIS_URL is no address');
    const { certificate } = makeAuthority('an instance');
    expect(readSettings('all', { ...google, REDIS_CA: certificate }).REDIS_CA).toBe(certificate);
    expect(refused('all', { REDIS_CA: certificate })).toContain('REDIS_CA is set');
    for (const wrong of ['x', certificate.replace('MII', 'AAA')])
      expect(refused('all', { ...google, REDIS_CA: wrong })).toContain('expected certificates as PEM');
  });

  it('escapes a value and cuts it at 64 characters', () => {
    const message = refused('all', { PORT: `\u001b[31m\r\n${'9'.repeat(200)}` });
    expect(message).toContain(`"\\u001b[31m\\r\\n${'9'.repeat(56)}…"`);
  });

  it('never shows a secret', () => {
    const message = refused('all', { CURSOR_SECRET: 'too-short', DATABASE_URL: 'mysql://app:hunter2@db/x' });
    expect(message).toContain('CURSOR_SECRET is "***", expected at least 32 characters');
    expect(message).toContain('DATABASE_URL is "***", expected a URL like postgres://');
    expect(message).not.toMatch(/too-short|hunter2/);
  });

  it('asks api and pipeline for a database, which only role all brings along', () => {
    expect(refused('api', {})).toContain('DATABASE_URL is missing');
    expect(refused('pipeline', {})).toContain('DATABASE_URL is missing');
    expect(readSettings('api', { DATABASE_URL: database }).DATABASE_URL).toBe(database);
  });

  it('refuses the owner of one database beside the application role of another', () => {
    expect(refused('all', { DATABASE_OWNER_URL: database })).toContain('because DATABASE_OWNER_URL is set');
  });

  it('refuses an issuer without its keys, and keys without an issuer', () => {
    expect(refused('all', { AUTH_ISSUER: 'https://login.example/', AUTH_AUDIENCE: 'x' })).toContain(
      'AUTH_JWKS_URL is missing, expected a URL that begins with https://, or with http:// on this machine because AUTH_ISSUER is set',
    );
    expect(refused('all', { AUTH_JWKS_URL: 'https://login.example/keys' })).toContain('AUTH_ISSUER is missing');
  });

  it('refuses one port for both listeners', () => {
    expect(refused('all', { PORT: '4001' })).toContain('INTERNAL_PORT is "4001", expected another port than PORT');
  });

  it('refuses a list of trusted documents that is not there, and a rate that one query would use up', () => {
    expect(refused('all', { TRUSTED_DOCUMENTS: 'on' })).toContain('TRUSTED_DOCUMENTS_FILE is missing');
    expect(refused('all', { QUERY_MAX_COST: '90000', RATE_LIMIT_BURST: '80000' })).toContain(
      'RATE_LIMIT_BURST is "80000", expected at least QUERY_MAX_COST',
    );
  });

  it('refuses to drop old events where nobody said where they go first', () => {
    expect(refused('worker', { EVENT_LOG_RETENTION_DAYS: '60', DATABASE_URL: 'postgres://a:b@c/d' })).toContain(
      'EVENT_LOG_ARCHIVE_DIR is missing, expected the path of a folder because EVENT_LOG_RETENTION_DAYS is set',
    );
  });

  it('copies neither state nor secrets to nowhere, nor in plain sight', () => {
    const secrets = { BACKUP_VALUES: 'projects/acme/secrets/cursor-secret' };
    expect(refused('all', secrets)).toContain('BACKUP_DIR is missing, expected because BACKUP_VALUES is set');
    expect(refused('all', { BACKUP_STATE: 'gs://state', BACKUP_DIR: '/backups' })).toContain(
      'BACKUP_KEY is missing, expected because BACKUP_STATE is set',
    );
    expect(refused('all', { BACKUP_VALUES: 'cursor-secret' })).toContain(
      'expected names like projects/PROJECT/secrets',
    );
  });

  it('refuses what is no instance of Cloud SQL, and one whose backups are all that there is', () => {
    expect(refused('all', { CLOUDSQL_INSTANCE: 'heliograph-production-database' })).toContain(
      'expected project:region:instance',
    );
    const instance = { CLOUDSQL_INSTANCE: 'acme:europe-west3:heliograph-production-database' };
    expect(refused('all', instance)).toContain('BACKUP_DIR is missing, expected because CLOUDSQL_INSTANCE is set');
  });

  it('refuses to sit beside a server of which it was told by halves', () => {
    const url = 'postgres://a:b@c/d';
    const whole = {
      ...{ DATABASE_URL: url, DATABASE_ADMIN_URL: url, DATABASE_FILES: '/data', DATABASE_WAL_OUT: '/wal' },
      ...{ DATABASE_SCRATCH: '/scratch', BACKUP_DIR: '/backups' },
    };
    expect(readSettings('worker', whole).DATABASE_FILES).toBe('/data');
    for (const name of ['DATABASE_ADMIN_URL', 'DATABASE_WAL_OUT', 'DATABASE_SCRATCH', 'BACKUP_DIR'] as const) {
      const { [name]: _, ...others } = whole;
      expect(refused('worker', others)).toContain(`${name} is missing, expected because DATABASE_FILES is set`);
    }
    const { DATABASE_FILES: _, ...without } = whole;
    expect(refused('backup', without)).toContain('DATABASE_FILES is missing, expected because DATABASE_WAL_OUT is set');
    const { DATABASE_SCRATCH: __, ...taking } = whole;
    expect(readSettings('backup', taking).BACKUP_DIR).toBe('/backups');
  });

  it('refuses to expect a lock of a folder, which has none', () => {
    for (const others of [{}, { BACKUP_DIR: '/backups' }])
      expect(refused('all', { BACKUP_LOCK_DAYS: '30', ...others })).toContain('a folder can lock nothing');
    expect(readSettings('all', { BACKUP_LOCK_DAYS: '30', BACKUP_DIR: 'gs://backups' }).BACKUP_LOCK_DAYS).toBe(30);
  });

  it('keeps the listeners on this machine in development', () => {
    expect(refused('all', { INTERNAL_HOST: '0.0.0.0' })).toContain(
      'INTERNAL_HOST is "0.0.0.0", expected nothing when ENVIRONMENT is development',
    );
    expect(readSettings('all', { ENVIRONMENT: 'staging', HOST: '0.0.0.0' }).HOST).toBe('0.0.0.0');
    expect(readSettings('all', { ENVIRONMENT: 'staging', INTERNAL_HOST: '0.0.0.0' }).INTERNAL_HOST).toBe('0.0.0.0');
  });
});

describe('production', () => {
  const issuer = {
    AUTH_ISSUER: 'https://login.example/',
    AUTH_AUDIENCE: 'heliograph',
    AUTH_JWKS_URL: 'https://login.example/keys',
  };
  const production = { ENVIRONMENT: 'production', DATABASE_URL: database, CURSOR_SECRET: secret };

  it('refuses every development default, whether left out or written down', () => {
    const message = refused('all', {
      ENVIRONMENT: 'production',
      CURSOR_SECRET: 'development-only-known-to-everybody',
      FEED: 'replay',
    });
    expect(message).toContain(
      'DATABASE_URL is missing, expected the URL of a PostgreSQL server when ENVIRONMENT is production',
    );
    expect(message).toContain('CURSOR_SECRET is "***", expected a secret of your own');
    expect(message).toContain('FEED is "replay", expected a feed of real market data');
  });

  it('serves clients only where it is told whose access tokens are good', () => {
    for (const role of ['api', 'all'] as const) {
      const message = refused(role, production);
      for (const name of Object.keys(issuer)) expect(message).toContain(`${name} is missing, expected `);
      expect(message).toContain('when ENVIRONMENT is production');
    }
    const settings = readSettings('api', { ...production, ...issuer, HOST: '0.0.0.0' });
    expect(settings).toMatchObject({ ...issuer, HOST: '0.0.0.0', DEVELOPMENT_PRINCIPAL: false });
  });

  it('has no development principal, like staging', () => {
    for (const ENVIRONMENT of ['staging', 'production'])
      expect(refused('api', { ...production, ...issuer, ENVIRONMENT, DEVELOPMENT_PRINCIPAL: 'true' })).toContain(
        'DEVELOPMENT_PRINCIPAL is "true", expected false when ENVIRONMENT is ',
      );
  });

  it('refuses simulated and replayed bars', () => {
    for (const FEED of ['simulated', 'replay']) {
      expect(refused('pipeline', { ...production, FEED })).toContain(
        `FEED is "${FEED}", expected a feed of real market data`,
      );
    }
  });

  it('takes the feed of real data where none is named', () => {
    expect(readSettings('pipeline', production)).toMatchObject({ FEED: 'alpaca', ALPACA_FEED: 'iex' });
  });

  it('migrates, as the owner', () => {
    const settings = readSettings('migrate', { ...production, DATABASE_OWNER_URL: database });
    expect(settings).toMatchObject({ ENVIRONMENT: 'production', DATABASE_OWNER_URL: database });
  });

  it('refuses fault injection, like staging', () => {
    for (const ENVIRONMENT of ['staging', 'production']) {
      expect(refused('migrate', { ...production, ENVIRONMENT, FAULT_POINT: 'migration:1:node' })).toContain(
        'development, test only',
      );
    }
  });
});

describe('settingsWarnings', () => {
  it('asks about a name that is nearly a known one', () => {
    expect(settingsWarnings({ DATABSE_URL: 'x', PROT: '1', CURSORSECRET: 'y' })).toEqual([
      'DATABSE_URL is not a setting; did you mean DATABASE_URL?',
      'PROT is not a setting; did you mean PORT?',
      'CURSORSECRET is not a setting; did you mean CURSOR_SECRET?',
    ]);
  });

  it('leaves the variables of other programs alone', () => {
    expect(
      settingsWarnings({
        PATH: '/bin',
        HOME: '/',
        SHELL: 'sh',
        HOSTNAME: 'x',
        LANG: 'C',
        PGHOST: 'x',
        NODE_ENV: 'x',
        PORT: '1',
      }),
    ).toEqual([]);
  });
});

describe('settingsFingerprint', () => {
  it('differs with a setting, but tells nothing of a secret', () => {
    const plain = settingsFingerprint(readSettings('all', {}));
    expect(plain).toMatch(/^[0-9a-f]{12}$/);
    expect(settingsFingerprint(readSettings('all', { PORT: '4002' }))).not.toBe(plain);
    expect(settingsFingerprint(readSettings('all', { CURSOR_SECRET: secret }))).toBe(plain);
  });
});

function refused(reader: Reader, env: Record<string, string>): string {
  return refusal(reader, env).message;
}

function refusal(reader: Reader, env: Record<string, string>): SettingsError {
  try {
    readSettings(reader, env);
  } catch (error) {
    if (error instanceof SettingsError) return error;
    throw error;
  }
  throw new Error(`expected ${JSON.stringify(env)} to be refused`);
}
