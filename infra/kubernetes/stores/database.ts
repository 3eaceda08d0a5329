import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { database } from '../../names.ts';
import { variablesOf } from '../pod.ts';
import { names, store, storeSizes } from './store.ts';

export type DatabaseArgs = {
  readonly image: string;
  /** The most that it takes. */
  readonly connections: number;
  /** GB. */
  readonly disk: number;
};

/** The user of the image. */
const USER = 999;

/** PostgreSQL 18 in one pod, with a disk: for a stack that nobody relies on. It is backed up by nobody. */
export class Database extends ComponentResource {
  constructor(name: string, { image, connections, disk }: DatabaseArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Database', name, {}, options);
    const settings = { max_connections: connections, shared_buffers: `${storeSizes.database.memory / 4}MB` };
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
        disk: { size: disk, path: '/var/lib/postgresql' },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
