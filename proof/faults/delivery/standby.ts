import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chownSync,
  closeSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { databaseAccount } from '../../../backend/platform/postgres/account.ts';
import { childEnvironment } from '../../../backend/platform/postgres/run.ts';
import { freePort } from '../../../backend/testing/ports.ts';
import { FaultProxy } from '../../common/proxy.ts';
import { until } from '../../common/running.ts';
import { asAdmin, copy, type Ground } from './ground.ts';

/** A server that can have a standby. */
export type Primary = {
  readonly cluster: string;
  readonly port: number;
  /** Of the superuser. */
  readonly adminUrl: string;
  /** The program that runs it. */
  readonly program: string;
};

/** The name under which a primary may wait for it. */
export const STANDBY = 'standby';

export function primaryOf({ folder, port, adminUrl, server }: Ground): Primary {
  return { cluster: join(folder, 'cluster'), port, adminUrl, program: readlinkSync(`/proc/${server.pid()}/exe`) };
}

/** A copy of a running server that follows it, over a way that can be cut, until it is promoted. */
export class Standby implements AsyncDisposable, Primary {
  readonly cluster: string;
  readonly port: number;
  readonly adminUrl: string;
  readonly program: string;
  /** On which the changes come. */
  readonly way: FaultProxy;
  readonly #server: ChildProcess;

  private constructor(cluster: string, port: number, primary: Primary, way: FaultProxy) {
    this.cluster = cluster;
    this.port = port;
    this.program = primary.program;
    this.adminUrl = Object.assign(new URL(primary.adminUrl), { port: String(port) }).href;
    this.way = way;
    const log = openSync(`${cluster}.log`, 'a');
    const settings = {
      port,
      listen_addresses: '127.0.0.1',
      unix_socket_directories: '',
      synchronous_standby_names: '',
    };
    this.#server = spawn(
      this.program,
      ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
      { ...databaseAccount(), cwd: cluster, env: childEnvironment, detached: true, stdio: ['ignore', log, log] },
    );
    closeSync(log);
  }

  /** Resolves when it has what the primary has. */
  static async of(primary: Primary, folder: string, signal: AbortSignal): Promise<Standby> {
    mkdirSync(folder, { mode: 0o755 });
    const cluster = join(folder, 'cluster');
    const way = await FaultProxy.to(primary.port);
    await asAdmin(primary.adminUrl, (client) => backUp(client, primary.cluster, cluster));
    const { username, password } = new URL(primary.adminUrl);
    const source = `host=127.0.0.1 port=${way.port} user=${username} password=${password} application_name=${STANDBY}`;
    appendFileSync(join(cluster, 'postgresql.auto.conf'), `primary_conninfo = '${source}'\n`);
    writeOwn(join(cluster, 'standby.signal'), '');
    const standby = new Standby(cluster, await freePort(), primary, way);
    try {
      await until('the standby follows', () => standby.#follows(primary), { signal, seconds: 60 });
    } catch (error) {
      await standby[Symbol.asyncDispose]();
      throw error;
    }
    return standby;
  }

  /** From now on it takes changes of its own. */
  promote(): Promise<void> {
    return asAdmin(this.adminUrl, (client) => client.query('select pg_promote(true, 60)'));
  }

  /** As a power cut would. */
  async kill(): Promise<void> {
    if (this.#server.exitCode !== null || this.#server.signalCode !== null) return;
    const ended = once(this.#server, 'exit');
    this.#server.kill('SIGQUIT');
    await ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await this.way[Symbol.asyncDispose]();
  }

  async #follows(primary: Primary): Promise<boolean> {
    if (this.#server.exitCode !== null) throw new Error(`the standby ended: see ${this.cluster}.log`);
    let isThere = false;
    await asAdmin(primary.adminUrl, async (client) => {
      const { rowCount } = await client.query(`select from pg_stat_replication where state = 'streaming'`);
      isThere = rowCount === 1;
    });
    return isThere;
  }
}

/** PostgreSQL's own way of copying the files of a server that is running. */
async function backUp(client: pg.Client, from: string, to: string): Promise<void> {
  await client.query(`select pg_backup_start('standby', true)`);
  const { stderr } = await copy(from, to);
  const wrong = stderr.split('\n').filter((line) => line !== '' && !line.includes('No such file'));
  if (wrong.length > 0) throw new Error(`cp: ${wrong[0]}`);
  for (const name of ['postmaster.pid', 'postmaster.opts', 'standby.signal']) rmSync(join(to, name), { force: true });
  const { rows } = await client.query<{ labelfile: string }>('select labelfile from pg_backup_stop(false)');
  writeOwn(join(to, 'backup_label'), rows[0]?.labelfile ?? '');
}

function writeOwn(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 });
  const account = databaseAccount();
  if (account !== null) chownSync(path, account.uid, account.gid);
}
