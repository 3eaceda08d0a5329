import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { archiveSettings } from '../../../backend/server-scripts.ts';
import { database } from '../../names.ts';
import type { Value } from '../environment.ts';
import { variablesOf } from '../pod.ts';
import { besideDatabase } from './beside.ts';
import { databaseFiles } from './environments.ts';
import { names, places, store, storeSizes } from './store.ts';

export type DatabaseArgs = {
  readonly image: string;
  /** Of the service, for whoever takes the backups, and what it reads. */
  readonly keeper: { readonly image: string; readonly environment: Readonly<Record<string, Value>> };
  /** The most that it takes. */
  readonly connections: number;
  /** GB. */
  readonly disk: number;
};

/** The user of the image. */
const USER = 999;

/** GB: four hours of a segment a minute, while nobody takes them away. Once it is full the server keeps its log on its own disk. */
const WAL_DISK = 4;
/** Times the disk of the database: nobody takes old backups away but an operator. */
const BACKUPS = 2;

/**
 * PostgreSQL 18 in one pod, for a stack that nobody relies on: its backups are taken, and drilled, beside it in that pod, and lie on another disk of
 * the same cluster, with which they would be lost.
 */
export class Database extends ComponentResource {
  constructor(name: string, { image, keeper, connections, disk }: DatabaseArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Database', name, {}, options);
    const settings = {
      max_connections: connections,
      shared_buffers: `${storeSizes.database.memory / 4}MB`,
      ...archiveSettings(places.wal),
    };
    const container = {
      name: names.database,
      image,
      args: ['postgres', ...Object.entries(settings).flatMap(([key, value]) => ['-c', `${key}=${value}`])],
      env: [
        ...variablesOf({ POSTGRES_DB: database.name, POSTGRES_USER: database.name }),
        ...variablesOf({ DATABASE_PASSWORD: { secret: 'DATABASE_PASSWORD' } }).map((one) => ({
          ...one,
          name: 'POSTGRES_PASSWORD',
        })),
        { name: 'PGDATA', value: databaseFiles },
        { name: 'POSTGRES_INITDB_ARGS', value: '--data-checksums --auth-host=scram-sha-256' },
      ],
    };
    const ready = ['pg_isready', '-h', '127.0.0.1', '-U', database.name];
    store(
      name,
      {
        name: 'database',
        container,
        port: database.port,
        ready,
        user: USER,
        disks: [
          { name: 'data', size: disk, path: places.data },
          { name: 'wal', size: WAL_DISK, path: places.wal },
          { name: 'backups', size: BACKUPS * disk },
          { name: 'drill', size: disk },
        ],
        sidecars: besideDatabase({ ...keeper, postgres: image }),
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
