import { createHash } from 'node:crypto';
import { databaseRoles, ports, roles } from './roles.ts';
import {
  boolean,
  certificates,
  collector,
  endpoint,
  faultPoint,
  integer,
  ipAddress,
  networks,
  numberAbove,
  oneOf,
  postgresUrl,
  redisUrl,
  text,
  url,
} from './settings/kinds.ts';
import { type Env, read } from './settings/read.ts';
import { misspelt } from './settings/spelling.ts';
import { environments, type Reader, type ValuesOf, variable } from './settings/variable.ts';

export type { FaultPoint } from './settings/kinds.ts';
export type { Environment, Reader, Variable } from './settings/variable.ts';

const everyRole = ['api', 'pipeline', 'worker', 'all'] as const;
/** The synthetic subscriber among them, which has no database and serves nobody. */
const everyProcess = [...everyRole, 'synthetic'] as const;
const everyone = [
  ...everyRole,
  ...(['migrate', 'train', 'verify-ledger', 'new-epoch', 'key', 'backup', 'restore', 'restore-drill'] as const),
] as const;
const recovery = ['backup', 'restore', 'restore-drill'] as const;
/** Who may sit beside a server that somebody else runs. */
const besides = ['worker', 'backup', 'restore-drill'] as const;
const serving = ['api', 'all'] as const;
const engine = ['pipeline', 'all'] as const;
/** An account of Google Cloud has its address for a name. */
const users = text(
  'names of database users with commas between them',
  /^[A-Za-z0-9_.@-]{1,63}(,[A-Za-z0-9_.@-]{1,63})*$/,
);

/** Every variable that the process reads, in the order in which docs/settings.md shows them. */
export const variables = {
  ENVIRONMENT: variable({
    kind: oneOf(...environments),
    default: 'development',
    readers: [...everyone, 'synthetic'],
    description: 'Where this runs. Production refuses what is good enough for development only.',
  }),
  LOG_LEVEL: variable({
    kind: oneOf('debug', 'info', 'warn', 'error'),
    default: 'info',
    readers: [...everyone, 'synthetic'],
    description: 'The least severe level that is written.',
  }),
  BUILD_COMMIT: variable({
    kind: text('a commit hash of 7 to 40 hex digits', /^[0-9a-f]{7,40}$/),
    default: null,
    unset: 'shown as unknown',
    readers: [...everyProcess, 'train'],
    description:
      'The commit that the running code was built from; shown by `build_info` and kept with the models that it trains.',
  }),
  PORT: variable({
    kind: integer(1, 65_535),
    default: ports.public.number,
    readers: serving,
    description: 'Port of the public listener: GraphQL over HTTP, WebSocket and server-sent events.',
  }),
  HOST: variable({
    kind: ipAddress,
    default: '127.0.0.1',
    onlyIn: ['staging', 'production'],
    readers: serving,
    description: 'Address of the public listener. A cluster sets 0.0.0.0; a developer serves this machine only.',
  }),
  INTERNAL_PORT: variable({
    kind: integer(1, 65_535),
    default: ports.internal.number,
    readers: everyProcess,
    description: 'Port of the internal listener: `/metrics`, `/health/detailed`, probes.',
  }),
  INTERNAL_HOST: variable({
    kind: ipAddress,
    default: '127.0.0.1',
    onlyIn: ['test', 'staging', 'production'],
    readers: everyProcess,
    description: 'Address of the internal listener. A cluster sets 0.0.0.0, so that probes and Prometheus reach it.',
  }),
  DRAIN_SECONDS: variable({
    kind: integer(1, 600),
    default: null,
    unset: `by role: ${everyProcess.map((role) => `${role} ${roles[role].drainSeconds}`).join(', ')}`,
    unit: 'seconds',
    readers: everyProcess,
    description: 'From the signal to stop until open requests and subscriptions are cut off.',
  }),
  DATABASE_URL: variable({
    kind: postgresUrl,
    default: null,
    unset: 'an embedded PostgreSQL',
    notInProduction: { values: [null], expected: 'the URL of a PostgreSQL server' },
    requiredBy: ['api', 'pipeline', 'worker'],
    secret: true,
    readers: everyone,
    description: 'The database, as the application role, which can change neither the event log nor the schema.',
  }),
  DATABASE_OWNER_URL: variable({
    kind: postgresUrl,
    default: null,
    unset: 'no migration of a database that DATABASE_URL names',
    secret: true,
    readers: ['migrate', 'new-epoch', 'all', 'backup', 'restore', 'restore-drill'],
    description:
      'The same database as its owner. Read by whoever migrates, opens an epoch or loads an export, and by nobody else. `options=-c role=NAME` in it acts as a role of that name.',
  }),
  DATABASE_ADMIN_URL: variable({
    kind: postgresUrl,
    default: null,
    unset: 'needed before the first migration, and with DATABASE_FILES',
    requiredBy: ['prepare-database'],
    secret: true,
    readers: ['prepare-database', ...besides, 'restore'],
    description:
      'The same database as a role that may make roles and give it away; it need not be a superuser. Read before the first migration, and with DATABASE_FILES by whoever takes backups: then it is a superuser, or may run pg_backup_start, pg_backup_stop and pg_switch_wal and read all tables, and its name is that of the superuser in a scratch server.',
  }),
  DATABASE_OWNER_USERS: variable({
    kind: users,
    default: null,
    unset: 'needed',
    requiredBy: ['prepare-database'],
    readers: ['prepare-database'],
    description: `Users that may act as ${databaseRoles.owner}, who owns the schema: who migrates.`,
  }),
  DATABASE_APPLICATION_USERS: variable({
    kind: users,
    default: null,
    unset: 'needed',
    requiredBy: ['prepare-database'],
    readers: ['prepare-database'],
    description: `Users that may act as ${databaseRoles.application}, which is all that the service may: its roles, and who migrates.`,
  }),
  DATABASE_FILES: variable({
    kind: text('the path of a folder', /^[^\0]+$/),
    default: null,
    unset: 'the files of a server that DATABASE_URL names are elsewhere',
    readers: besides,
    description:
      'The data folder of the server that DATABASE_URL names, for a process beside it: then its files and its log are backed up as those of the embedded one, and role worker does nothing else. It is only read; one of another server is refused.',
  }),
  DATABASE_WAL_OUT: variable({
    kind: text('the path of a folder', /^[^\0]+$/),
    default: null,
    unset: 'needed with DATABASE_FILES',
    readers: besides,
    description:
      'Where the archive_command of that server leaves its write-ahead log, each file with its SHA-256 beside it (`backend/server-scripts.ts`). What is safe in BACKUP_DIR is taken away from there.',
  }),
  DATABASE_SCRATCH: variable({
    kind: text('the path of a folder, of 64 characters at most', /^[^\0]{1,64}$/),
    default: null,
    unset: 'the programs of the embedded database; needed with DATABASE_FILES by whoever drills',
    readers: ['worker', 'restore-drill', 'restore'],
    description:
      'A folder in which somebody beside this process runs PostgreSQL on what was restored (`backend/server-scripts.ts`), for drills and for `restore`: the same path for both, and nobody else in it.',
  }),
  DATABASE_POOL_SIZE: variable({
    kind: integer(1, 100),
    default: 8,
    unit: 'connections',
    readers: everyone,
    description:
      'Connections for requests, and for tasks. All pools of all processes together need less than 80 % of the max_connections of the server; besides the pools a process holds up to five, for the job queue, the object mapper and the lease of a feed.',
  }),
  DATABASE_TAILER_POOL_SIZE: variable({
    kind: integer(1, 20),
    default: 2,
    unit: 'connections',
    readers: serving,
    description:
      'Connections that follow the event log for subscriptions, so that they go on while requests hold all of theirs.',
  }),
  DATABASE_WORK_POOL_SIZE: variable({
    kind: integer(2, 100),
    default: 4,
    unit: 'connections',
    readers: ['pipeline', 'worker', 'all'],
    description: 'Connections of the pipeline and of scheduled jobs.',
  }),
  DATABASE_STATEMENT_TIMEOUT_MS: variable({
    kind: integer(100, 600_000),
    default: 5_000,
    unit: 'milliseconds',
    readers: everyone,
    description: 'After which the server gives up a statement.',
  }),
  DATA_DIR: variable({
    kind: text('the path of a folder', /^[^\0]+$/),
    default: null,
    unset: '`.heliograph/database` in the repository, or, where the database could not enter it, a folder outside',
    readers: ['all', 'migrate', 'train', 'verify-ledger', 'new-epoch', 'key', 'backup', 'restore-drill'],
    description: 'Holds the embedded database. Unused with DATABASE_URL.',
  }),
  REDIS_URL: variable({
    kind: redisUrl,
    default: null,
    unset: 'wake-ups and cache in the process',
    secret: true,
    readers: everyRole,
    description:
      'The Redis or Valkey server by which processes wake each other and share a cache. While it is away they look at the event log each POLL_INTERVAL_MS.',
  }),
  REDIS_AUTH: variable({
    kind: oneOf('url', 'google'),
    default: 'url',
    readers: everyRole,
    description:
      'How a process proves to the server of REDIS_URL who it is. url: by the password in REDIS_URL. google: by an access token of the account of Google Cloud that it runs as, as Memorystore with IAM authentication asks; over rediss:// only.',
  }),
  REDIS_CA: variable({
    kind: certificates,
    default: null,
    unset: 'the authorities that everybody trusts, and the name of the host',
    readers: everyRole,
    description:
      'By which authorities the certificate of the server of REDIS_URL must be signed. Its name is not looked at then, for that of Memorystore is not the address that it is reached by: they must sign for this server alone.',
  }),
  GCE_METADATA_HOST: variable({
    kind: text('HOST or HOST:PORT', /^[A-Za-z0-9.-]{1,253}(:\d{1,5})?$/),
    default: 'metadata.google.internal',
    readers: everyone,
    description: 'Where a process on Google Cloud asks for access tokens of the account that it runs as.',
  }),
  REDIS_KEY_PREFIX: variable({
    kind: text('1 to 64 letters, digits and : . _ { } -', /^[A-Za-z0-9:._{}-]{1,64}$/),
    default: 'heliograph:',
    readers: everyRole,
    description:
      'Before every key and channel. Processes that work on one database share it; another installation has its own.',
  }),
  CURSOR_SECRET: variable({
    kind: text('at least 32 characters', /^.{32,}$/s),
    default: 'development-only-known-to-everybody',
    notInProduction: {
      values: ['development-only-known-to-everybody'],
      expected: 'a secret of your own, of at least 32 characters,',
    },
    secret: true,
    readers: serving,
    description:
      'Key of the code that authenticates cursors. A new one makes clients start from a position of their own again.',
  }),
  AUTH_ISSUER: variable({
    kind: url('http'),
    default: null,
    unset: 'no access tokens, API keys only',
    notInProduction: { values: [null], expected: 'the issuer of the access tokens of users' },
    readers: serving,
    description: 'Who issues access tokens (OIDC), exactly as its tokens say in `iss`.',
  }),
  AUTH_AUDIENCE: variable({
    kind: text('1 to 255 printable characters without spaces', /^[\x21-\x7e]{1,255}$/),
    default: null,
    unset: 'needed with AUTH_ISSUER',
    notInProduction: { values: [null], expected: 'what access tokens for this service say in their aud' },
    readers: serving,
    description: 'What access tokens for this service say in `aud`.',
  }),
  AUTH_JWKS_URL: variable({
    kind: url('http'),
    default: null,
    unset: 'needed with AUTH_ISSUER',
    notInProduction: { values: [null], expected: 'where the public keys of AUTH_ISSUER are' },
    readers: serving,
    description: 'Where the public keys of AUTH_ISSUER are. A new key is found within 30 seconds.',
  }),
  AUTH_TENANT_CLAIM: variable({
    kind: text('the name of a claim', /^[A-Za-z0-9_.:/-]{1,128}$/),
    default: 'tenant',
    readers: serving,
    description: 'The claim of an access token that names the tenant of the user. A token without it is refused.',
  }),
  DEVELOPMENT_PRINCIPAL: variable({
    kind: boolean,
    default: null,
    unset: '`true` in development and test without AUTH_ISSUER, else `false`',
    productionDefault: false,
    notInProduction: { values: [true], expected: 'false' },
    readers: serving,
    description:
      'Whether a request from this machine that comes without a credential may do everything. It makes `npm start` usable at once.',
  }),
  FEED: variable({
    kind: oneOf('simulated', 'replay', 'alpaca', 'coinbase'),
    default: null,
    unset: 'alpaca where ALPACA_API_KEY is set, else simulated',
    productionDefault: 'alpaca',
    notInProduction: { values: ['simulated', 'replay'], expected: 'a feed of real market data: alpaca or coinbase' },
    readers: engine,
    description: 'Where bars come from. `--bars FILE` means replay.',
  }),
  ALPACA_API_KEY: variable({
    kind: text('1 to 256 printable characters without spaces', /^[\x21-\x7e]{1,256}$/),
    default: null,
    unset: 'no feed of Alpaca',
    secret: true,
    readers: engine,
    description: 'Key of an Alpaca account, live or paper. With ALPACA_SECRET_KEY it is all that a live feed needs.',
  }),
  ALPACA_SECRET_KEY: variable({
    kind: text('1 to 256 printable characters without spaces', /^[\x21-\x7e]{1,256}$/),
    default: null,
    unset: 'no feed of Alpaca',
    secret: true,
    readers: engine,
    description: 'The secret that belongs to ALPACA_API_KEY.',
  }),
  ALPACA_FEED: variable({
    kind: oneOf('iex', 'sip'),
    default: 'iex',
    readers: engine,
    description: 'iex: one exchange, in every plan. sip: all US exchanges, in paid plans.',
  }),
  ALPACA_SYMBOLS: variable({
    kind: text(
      'up to 500 tickers with commas between them, such as AAPL,SPY',
      /^[A-Z][A-Z0-9./]{0,15}(,[A-Z][A-Z0-9./]{0,15}){0,499}$/,
    ),
    default: null,
    unset: 'twenty US stocks and funds that trade much',
    readers: engine,
    description: 'What is followed. A ticker that is not known here is looked up at Alpaca.',
  }),
  ALPACA_HISTORY_SESSIONS: variable({
    kind: integer(1, 260),
    default: 23,
    unit: 'sessions',
    readers: engine,
    description: 'How much of the past is fetched on the first start. Training needs 22 for its full embargo.',
  }),
  ALPACA_STREAM_URL: variable({
    kind: url('ws'),
    default: 'wss://stream.data.alpaca.markets',
    readers: engine,
    description: 'Where the stream is. Another host makes everything REPLAY, and production refuses it.',
  }),
  ALPACA_DATA_URL: variable({
    kind: url('http'),
    default: 'https://data.alpaca.markets',
    readers: engine,
    description:
      'Where bars of the past are asked for. Another host makes everything REPLAY, and production refuses it.',
  }),
  ALPACA_TRADING_URL: variable({
    kind: url('http'),
    default: null,
    unset: "Alpaca's host for the kind of account that ALPACA_PAPER_TRADING says",
    readers: engine,
    description:
      'Where clock and assets are asked for. Another host makes everything REPLAY, and production refuses it.',
  }),
  ALPACA_PAPER_TRADING: variable({
    kind: boolean,
    default: true,
    readers: engine,
    description:
      'Whether the keys are those of a paper account. Market data is the same for both; nothing is ever ordered.',
  }),
  COINBASE_PRODUCTS: variable({
    kind: text(
      'up to 100 products with commas between them, such as BTC-USD,ETH-USD',
      /^[A-Z0-9]{1,16}-[A-Z0-9]{1,16}(,[A-Z0-9]{1,16}-[A-Z0-9]{1,16}){0,99}$/,
    ),
    default: null,
    unset: 'five coins in US dollars that trade much',
    readers: engine,
    description:
      'What is followed with FEED=coinbase, which needs no keys. A product that is not known here is looked up.',
  }),
  COINBASE_HISTORY_DAYS: variable({
    kind: integer(1, 260),
    default: 23,
    unit: 'days',
    readers: engine,
    description:
      'How much of the past is fetched on the first start, in UTC days. Training needs 22 for its full embargo.',
  }),
  COINBASE_STREAM_URL: variable({
    kind: url('ws'),
    default: 'wss://ws-feed.exchange.coinbase.com',
    readers: engine,
    description: 'Where the stream is. Another host makes everything REPLAY, and production refuses it.',
  }),
  COINBASE_DATA_URL: variable({
    kind: url('http'),
    default: 'https://api.exchange.coinbase.com',
    readers: engine,
    description:
      'Where trades, candles and the clock are asked for. Another host makes everything REPLAY, and production refuses it.',
  }),
  SIMULATED_SEED: variable({
    kind: integer(0, 4_294_967_295),
    default: 1,
    readers: engine,
    description: 'The same seed makes the same simulated market.',
  }),
  SIMULATED_SPEED: variable({
    kind: numberAbove(0, 100_000),
    default: 60,
    unit: 'market seconds a second',
    readers: engine,
    description:
      'How fast the simulated session runs, after the history that training needs, which comes at full speed.',
  }),
  SIGNAL_TOP_QUANTILE: variable({
    kind: numberAbove(0, 0.5),
    default: 0.02,
    unit: 'ratio',
    readers: [...engine, 'worker', 'train'],
    description: 'A side is published when its score is among this share of the best calibration scores.',
  }),
  REQUIRE_EDGE: variable({
    kind: boolean,
    default: false,
    productionDefault: true,
    readers: engine,
    description: 'Publish nothing from a model that has not shown an edge over its baselines.',
  }),
  BARS_RETENTION_DAYS: variable({
    kind: integer(90, 36_500),
    default: null,
    unset: 'everything is kept',
    unit: 'days',
    readers: [...engine, 'worker'],
    description:
      'How old bars, longer bars and refused rows may get, counted from the newest bar. Whole months are dropped, never one that a signal still needs; signals and the event log are kept.',
  }),
  EVENT_LOG_RETENTION_DAYS: variable({
    kind: integer(30, 36_500),
    default: null,
    unset: 'everything is kept',
    unit: 'days',
    readers: [...engine, 'worker'],
    description:
      'How old events may get. Whole partitions of a million are archived and dropped, once each of their events is older and every stream has gone beyond them. A client with an older cursor is told OUTDATED_CURSOR.',
  }),
  EVENT_LOG_ARCHIVE_DIR: variable({
    kind: text('the path of a folder', /^[^\0]+$/),
    default: null,
    unset: 'nothing of the event log is ever dropped',
    readers: [...engine, 'worker'],
    description:
      'Where old events are archived before they are dropped: a folder that every process with the scheduled jobs shares, and that outlasts them.',
  }),
  BACKUP_DIR: variable({
    kind: text(
      'the path of a folder, or gs://BUCKET',
      /^(?!gs:)[^\0]+$|^gs:\/\/[a-z0-9][a-z0-9._-]{1,61}[a-z0-9](\/[A-Za-z0-9][\w.-]*)*$/,
    ),
    default: null,
    unset: 'no backups',
    readers: [...engine, 'worker', 'migrate', 'train', 'verify-ledger', 'new-epoch', 'key', ...recovery],
    description:
      'Where backups go: a folder on another disk or machine than the database, which every process with the scheduled jobs shares; or gs://BUCKET, a bucket of Cloud Storage, as the account of Google Cloud that the process runs as. With it the embedded database archives its write-ahead log.',
  }),
  BACKUP_KEY: variable({
    kind: text('64 hexadecimal digits', /^[0-9a-fA-F]{64}$/),
    default: null,
    unset: 'backups are not encrypted',
    secret: true,
    readers: [...engine, 'worker', ...recovery],
    description:
      'Key that backups are encrypted with (AES-256-GCM) before they leave the process. Without it they cannot be read again: keep it apart from them. Production needs one where BACKUP_DIR is set.',
  }),
  BACKUP_LOCK_DAYS: variable({
    kind: integer(1, 3_650),
    default: null,
    unset: 'nobody is told when backups can be taken away',
    unit: 'days',
    readers: [...engine, 'worker'],
    description:
      'For how long the bucket of BACKUP_DIR must keep everybody from taking away what was stored there. The bucket does it by its retention; this says what is expected of it, and BackupUnlocked fires where it is not so.',
  }),
  BACKUP_STATE: variable({
    kind: text('gs://BUCKET', /^gs:\/\/[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/),
    default: null,
    unset: 'the state of Pulumi is not backed up',
    readers: ['worker', 'all', 'backup'],
    description:
      'The bucket in which Pulumi keeps its state, which is copied into BACKUP_DIR once a day. The account needs to read it, and nothing else there.',
  }),
  BACKUP_VALUES: variable({
    kind: text(
      'names like projects/PROJECT/secrets/NAME with commas between them',
      /^projects\/[a-z0-9-]+\/secrets\/[\w-]+(,projects\/[a-z0-9-]+\/secrets\/[\w-]+)*$/,
    ),
    default: null,
    unset: 'no secrets are backed up',
    readers: ['worker', 'all', 'backup'],
    description:
      'Secrets of Secret Manager whose newest values are copied into BACKUP_DIR once a day: those that nobody could give us again. Never BACKUP_KEY, which they are encrypted with.',
  }),
  CLOUDSQL_INSTANCE: variable({
    kind: text('project:region:instance', /^([a-z0-9.-]+:)?[a-z][a-z0-9-]+:[a-z][a-z0-9-]+:[a-z][a-z0-9-]+$/),
    default: null,
    unset: 'the database is none of Cloud SQL',
    readers: ['worker', 'all', 'restore-drill'],
    description:
      'The instance of Cloud SQL that the database runs on. Its own backups and its latest moment of recovery are asked for and shown, and once a week a new instance is made of them for a drill, and taken away.',
  }),
  POLL_INTERVAL_MS: variable({
    kind: integer(250, 1_000),
    default: 500,
    unit: 'milliseconds',
    readers: serving,
    description: 'How often readers look at the event log when no wake-up tells them of something new.',
  }),
  SUBSCRIPTION_CHECKPOINT_MS: variable({
    kind: integer(100, 5_000),
    default: 5_000,
    unit: 'milliseconds',
    readers: serving,
    description: 'The longest silence between two checkpoints of a subscription.',
  }),
  QUERY_TIMEOUT_MS: variable({
    kind: integer(100, 60_000),
    default: 4_000,
    unit: 'milliseconds',
    readers: serving,
    description:
      'After which a query is given up and its statement cancelled. Less than DATABASE_STATEMENT_TIMEOUT_MS, or that comes first.',
  }),
  QUERY_MAX_COST: variable({
    kind: integer(1_000, 1_000_000),
    default: 20_000,
    unit: 'values',
    readers: serving,
    description:
      'How many values the answer to one query can have at most: its fields, multiplied by the lengths of the lists above them.',
  }),
  TRUSTED_DOCUMENTS: variable({
    kind: oneOf('off', 'on'),
    default: null,
    unset: 'on in production where TRUSTED_DOCUMENTS_FILE is set, else off',
    readers: serving,
    description:
      'Whether only the documents of TRUSTED_DOCUMENTS_FILE are run, named by their SHA-256 or sent as they stand there; and the two of the synthetic subscriber.',
  }),
  TRUSTED_DOCUMENTS_FILE: variable({
    kind: text('the path of a file', /^[^\0]+$/),
    default: null,
    unset: 'no documents',
    readers: serving,
    description:
      'A JSON object of GraphQL documents by the SHA-256 of their text in hexadecimal. All of it is checked at the start.',
  }),
  OVERLOAD_DELAY_MS: variable({
    kind: integer(20, 10_000),
    default: null,
    unset: 'by role: api 100, all nothing is turned away',
    unit: 'milliseconds',
    readers: serving,
    description:
      'By how much the slowest hundredth of the turns of the event loop may be late, in a process that is busy for the most part, before requests are turned away: introspection first, then queries, mutations and subscriptions, new connections; probes never.',
  }),
  RATE_LIMIT_PER_SECOND: variable({
    kind: integer(1_000, 100_000_000),
    default: 100_000,
    unit: 'values a second',
    readers: serving,
    description:
      'Cost of operations that one user or key, or without access control one address, may ask a process for over time. A request costs at least 10.',
  }),
  RATE_LIMIT_BURST: variable({
    kind: integer(50_000, 1_000_000_000),
    default: 1_000_000,
    unit: 'values',
    readers: serving,
    description: 'Cost of operations that the same may ask a process for at once, after a rest.',
  }),
  ALLOWED_ORIGINS: variable({
    kind: text(
      'up to 50 origins with commas between them, such as https://app.example',
      /^https?:\/\/[a-z0-9.-]+(:\d{1,5})?(,https?:\/\/[a-z0-9.-]+(:\d{1,5})?){0,49}$/,
    ),
    default: null,
    unset: 'the address of the service itself',
    readers: serving,
    description: 'Pages of which origins may ask and subscribe from a browser, besides those of this service.',
  }),
  TRUSTED_PROXIES: variable({
    kind: networks,
    default: null,
    unset: 'nobody is believed who says for whom he asks',
    readers: serving,
    description:
      'Addresses and networks of the load balancers before this, its own address included: what they add to `X-Forwarded-For` is taken for the address of a client.',
  }),
  SUBSCRIPTIONS_PER_CONNECTION: variable({
    kind: integer(1, 1_000),
    default: 50,
    unit: 'subscriptions',
    readers: serving,
    description: 'How many operations may be open at once over one WebSocket.',
  }),
  SUBSCRIPTIONS_PER_PRINCIPAL: variable({
    kind: integer(1, 1_000_000),
    default: 200,
    unit: 'subscriptions',
    readers: serving,
    description: 'How many subscriptions one user or one API key may have open at once in one process.',
  }),
  UNKNOWN_SOCKETS_PER_ADDRESS: variable({
    kind: integer(1, 1_000_000),
    default: 500,
    unit: 'WebSockets',
    readers: serving,
    description: 'How many WebSockets of one address may be open at once that have not said yet who they are.',
  }),
  DRAIN_SPREAD_MS: variable({
    kind: integer(0, 60_000),
    default: 200,
    productionDefault: 10_000,
    unit: 'milliseconds',
    readers: serving,
    description: 'Over how long WebSockets and streams of events are closed, in random order, when the process stops.',
  }),
  TRACES_URL: variable({
    kind: collector,
    default: null,
    unset: 'no traces',
    readers: [...serving, 'pipeline'],
    description:
      'Where a collector takes traces by OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces: one for each signal, from its bar to its subscribers. Off, nothing of it is loaded.',
  }),
  TRACES_RATIO: variable({
    kind: numberAbove(0, 1),
    default: 1,
    unit: 'ratio',
    readers: [...serving, 'pipeline'],
    description: 'The share of signals that are traced: the same ones in every process that has the same share.',
  }),
  SYNTHETIC_URL: variable({
    kind: endpoint,
    default: `http://127.0.0.1:${ports.public.number}/graphql`,
    notInProduction: {
      values: [`http://127.0.0.1:${ports.public.number}/graphql`],
      expected: 'the address of the GraphQL endpoint that clients use',
    },
    readers: ['synthetic'],
    description:
      'The address of the GraphQL endpoint that the synthetic subscriber follows: the one that clients use, so that all that lies between is looked at, too.',
  }),
  SYNTHETIC_API_KEY: variable({
    kind: text('1 to 256 printable characters without spaces', /^[\x21-\x7e]{1,256}$/),
    default: null,
    unset: 'no credential, which is enough on the machine of a developer',
    notInProduction: { values: [null], expected: 'an API key that allows signals:read and nothing else' },
    secret: true,
    readers: ['synthetic'],
    description:
      'API key of the synthetic subscriber. It needs `signals:read` and nothing else: `npm run key -- --name synthetic --scopes signals:read`.',
  }),
  FAULT_POINT: variable({
    kind: faultPoint,
    default: null,
    unset: 'no fault',
    onlyIn: ['development', 'test'],
    readers: everyone,
    description: 'Kills this process, its database or both at a named point, the nth time that it is reached.',
  }),
} as const;

/** The settings of one role or task: exactly those that it may read, under the names of the variables. */
export type Settings<R extends Reader> = ValuesOf<typeof variables, R>;

/** All mistakes in the environment, in one message. */
export class SettingsError extends Error {
  readonly code = 'INVALID_SETTINGS';
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(`Cannot start: ${mistakes.join('; ')}`);
    this.name = 'SettingsError';
    this.mistakes = mistakes;
  }
}

/** Throws a SettingsError that lists every mistake; an empty value is one, since it hides a variable that was meant to be set. */
export function readSettings<R extends Reader>(reader: R, env: Env = process.env): Settings<R> {
  const { values, mistakes } = read(variables, reader, env);
  const all = [...mistakes, ...contradictions(values)];
  if (all.length > 0) throw new SettingsError(all);
  // `read` filled in each variable of this reader with a value of its kind; the compiler cannot follow that through the loop.
  return Object.freeze(values) as Settings<R>;
}

/** A sentence for each variable that is set, unknown, and probably a slip of the pen. No mistake: the name may be another program's. */
export function settingsWarnings(env: Env = process.env): string[] {
  const set = Object.keys(env).filter((name) => env[name] !== undefined);
  return misspelt(set, Object.keys(variables)).map(
    ({ name, meant }) => `${name} is not a setting; did you mean ${meant}?`,
  );
}

/** Twelve hex digits that differ when two processes run with different settings. Secrets have no part in it. */
export function settingsFingerprint(settings: Partial<Settings<Reader>>): string {
  const secret = new Set<string>(
    Object.entries(variables).flatMap(([name, spec]) => ('secret' in spec && spec.secret ? [name] : [])),
  );
  const open = Object.entries(settings).filter(([name]) => !secret.has(name));
  const text = JSON.stringify(open.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}

/** As far as the reader reads them. */
type Given = Partial<Settings<'all'> & Settings<'worker'>>;

/** Mistakes that only two settings together make. */
function contradictions(values: Given): string[] {
  const found: string[] = [];
  if (values.ENVIRONMENT === 'staging' && values.DEVELOPMENT_PRINCIPAL === true) {
    found.push('DEVELOPMENT_PRINCIPAL is "true", expected false when ENVIRONMENT is staging');
  }
  found.push(...halfConfigured(values), ...ofBackups(values), ...ofServerBeside(values));
  if (values.PORT !== undefined && values.PORT === values.INTERNAL_PORT) {
    found.push(`INTERNAL_PORT is "${values.INTERNAL_PORT}", expected another port than PORT`);
  }
  if (values.TRUSTED_DOCUMENTS === 'on' && values.TRUSTED_DOCUMENTS_FILE === null) {
    found.push('TRUSTED_DOCUMENTS_FILE is missing, expected the path of a file because TRUSTED_DOCUMENTS is "on"');
  }
  if (typeof values.EVENT_LOG_RETENTION_DAYS === 'number' && values.EVENT_LOG_ARCHIVE_DIR === null) {
    found.push(
      'EVENT_LOG_ARCHIVE_DIR is missing, expected the path of a folder because EVENT_LOG_RETENTION_DAYS is set',
    );
  }
  if (values.REDIS_AUTH === 'google' && values.REDIS_URL?.startsWith('rediss://') !== true) {
    found.push(
      'REDIS_URL is no address that begins with rediss://, and REDIS_AUTH is "google": a token is sent encrypted only',
    );
  }
  if (values.REDIS_CA && values.REDIS_URL?.startsWith('rediss://') !== true) {
    found.push('REDIS_URL is no address that begins with rediss://, and REDIS_CA is set: nothing would look at it');
  }
  if (
    values.QUERY_MAX_COST !== undefined &&
    values.RATE_LIMIT_BURST !== undefined &&
    values.RATE_LIMIT_BURST < values.QUERY_MAX_COST
  ) {
    found.push(`RATE_LIMIT_BURST is "${values.RATE_LIMIT_BURST}", expected at least QUERY_MAX_COST`);
  }
  if (values.DATABASE_OWNER_URL && values.DATABASE_URL === null && values.ENVIRONMENT !== 'production') {
    found.push(`DATABASE_URL is missing, expected ${postgresUrl.expected} because DATABASE_OWNER_URL is set`);
  }
  return found;
}

function ofBackups(values: Partial<Settings<'all'>>): string[] {
  const found: string[] = [];
  if (values.ENVIRONMENT === 'production' && typeof values.BACKUP_DIR === 'string' && values.BACKUP_KEY === null) {
    found.push('BACKUP_KEY is missing, expected 64 hexadecimal digits because BACKUP_DIR is set in production');
  }
  if (values.CLOUDSQL_INSTANCE && values.BACKUP_DIR === null)
    found.push(
      'BACKUP_DIR is missing, expected because CLOUDSQL_INSTANCE is set: what Cloud SQL keeps goes with its project',
    );
  for (const name of ['BACKUP_STATE', 'BACKUP_VALUES'] as const)
    for (const needed of ['BACKUP_DIR', 'BACKUP_KEY'] as const)
      if (values[name] && values[needed] === null) found.push(`${needed} is missing, expected because ${name} is set`);
  if (typeof values.BACKUP_LOCK_DAYS === 'number' && values.BACKUP_DIR?.startsWith('gs://') !== true) {
    found.push('BACKUP_DIR is no gs://BUCKET, and BACKUP_LOCK_DAYS is set: a folder can lock nothing');
  }
  return found;
}

const WITH_FILES = [
  'DATABASE_URL',
  'DATABASE_ADMIN_URL',
  'DATABASE_WAL_OUT',
  'DATABASE_SCRATCH',
  'BACKUP_DIR',
] as const;

/** Half of them would be found out when a backup is due, or when it is needed. */
function ofServerBeside(values: Given): string[] {
  const missing = (names: readonly (keyof Given)[], because: string) =>
    names.flatMap((name) => (values[name] === null ? [`${name} is missing, expected because ${because} is set`] : []));
  return [
    ...(values.DATABASE_FILES ? missing(WITH_FILES, 'DATABASE_FILES') : []),
    ...(values.DATABASE_WAL_OUT ? missing(['DATABASE_FILES'], 'DATABASE_WAL_OUT') : []),
    ...(values.DATABASE_SCRATCH ? missing(['DATABASE_ADMIN_URL'], 'DATABASE_SCRATCH') : []),
  ];
}

const TOGETHER = ['AUTH_ISSUER', 'AUTH_AUDIENCE', 'AUTH_JWKS_URL'] as const;

/** An issuer without its keys would let nobody in, and say so only when somebody comes. */
function halfConfigured(values: Partial<Settings<'all'>>): string[] {
  const given = TOGETHER.filter((name) => (values[name] ?? null) !== null);
  if (given.length === 0) return [];
  // One that is undefined was refused already.
  const missing = TOGETHER.filter((name) => values[name] === null);
  return missing.map(
    (name) => `${name} is missing, expected ${variables[name].kind.expected} because ${given[0]} is set`,
  );
}
