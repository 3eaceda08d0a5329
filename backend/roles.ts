/**
 * What this program can be started as. A role runs until it is told to stop; a task does one thing and ends. Only what exists is
 * listed: whatever deploys, watches or documents the service reads this table.
 */
export type RoleSpec = {
  readonly description: string;
  /** The listeners that it opens. */
  readonly ports: readonly PortName[];
  /** From the signal to stop until open requests and subscriptions are cut off, in seconds. Whoever stops it must wait longer. */
  readonly drainSeconds: number;
};

export type PortName = keyof typeof ports;
export type Role = keyof typeof roles;
export type Task = keyof typeof tasks;

/** The settings that move a port, where it is else, and who is meant to reach it. */
export const ports = {
  public: {
    setting: 'PORT',
    hostSetting: 'HOST',
    number: 4000,
    description: 'GraphQL over HTTP, WebSocket and server-sent events.',
  },
  internal: {
    setting: 'INTERNAL_PORT',
    hostSetting: 'INTERNAL_HOST',
    number: 4001,
    description: 'Metrics and detailed health; never routed to from outside.',
  },
} as const;

/** Every role answers these, on each of its ports. Only readiness asks a dependency, so a database that blinks restarts nothing. */
export const probes = { live: '/livez', ready: '/readyz', startup: '/startupz' } as const;

export const roles = {
  api: {
    description: 'Answers GraphQL queries and subscriptions from the database.',
    ports: ['public', 'internal'],
    drainSeconds: 25,
  },
  pipeline: {
    description: 'Takes bars in, computes features, publishes and settles signals.',
    ports: ['internal'],
    drainSeconds: 15,
  },
  worker: {
    description:
      'Runs the scheduled jobs, so that the pipeline need not: give it a process of its own where they are long. Beside the files of a server (DATABASE_FILES) it takes their backups, and does nothing else.',
    ports: ['internal'],
    drainSeconds: 15,
  },
  synthetic: {
    description:
      'A subscriber of our own: follows the signals where clients do and counts what is not as promised. Needs no database.',
    ports: ['internal'],
    drainSeconds: 5,
  },
  all: {
    description: 'Everything in one process, with a database of its own unless one is given.',
    ports: ['public', 'internal'],
    drainSeconds: 15,
  },
} as const satisfies Record<string, RoleSpec>;

/** Roles of the database that nobody logs in as, where its users come from a cloud: who owns the schema, and what the service acts as. */
export const databaseRoles = { owner: 'heliograph_owner', application: 'heliograph_app' } as const;

export const tasks = {
  'prepare-database': {
    description:
      'Once, on a server whose users are made elsewhere: makes owner and application role, and says who is which.',
  },
  migrate: { description: 'Brings the schema of the database up to date.' },
  train: { description: 'Trains a model version from a file of bars and prints its report.' },
  'verify-ledger': { description: 'Recomputes the hash chains of the event log and of the audit log.' },
  'new-epoch': {
    description: 'After a restore that lost the newest events: goes on in a new epoch, so that no seq is used twice.',
  },
  key: { description: 'Makes an API key and prints it, once.' },
  backup: {
    description:
      'Takes a backup into BACKUP_DIR (files of the server, rows as text, or the write-ahead log), or says what is there.',
  },
  restore: {
    description: 'Makes a new data folder out of a backup, as of now or of an earlier moment, in a new epoch.',
  },
  'restore-drill': {
    description:
      'Restores the newest backup and one of the older ones into a scratch server, compares all of it, and takes it away.',
  },
} as const;
