import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { databaseAccount } from '../platform/postgres/account.ts';
import { copyPlaces, installedPackage, prepareBinaries } from '../platform/postgres/binaries.ts';
import { runToEnd } from '../platform/postgres/run.ts';
import { archiveSettings, scratchServerProgram } from '../server-scripts.ts';
import { freePort } from './ports.ts';

const PASSWORD = 'of-the-superuser';
export const NAME = 'heliograph';

/** A folder that belongs to the account of the server, as a volume of its pod does. */
export function volume(path: string): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o700);
  const account = databaseAccount();
  if (account !== null) chownSync(path, account.uid, account.gid);
  return path;
}

/** PostgreSQL as the image of others runs it: started by nobody of ours, with one superuser who has the name of the database. */
export class ForeignServer {
  readonly files: string;
  readonly walOut: string;
  readonly #port: number;
  #child: ChildProcess;
  #output = '';

  private constructor(files: string, walOut: string, port: number, child: ChildProcess) {
    this.files = files;
    this.walOut = walOut;
    this.#port = port;
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#output += text;
      });
  }

  /** On an empty folder it makes a database; on one that is filled it runs what is there. */
  static async start(files: string, { walOut, isNew }: { walOut: string; isNew: boolean }): Promise<ForeignServer> {
    if (isNew) await initialise(volume(files));
    const port = await freePort();
    const settings = { ...archiveSettings(walOut), port: String(port), unix_socket_directories: '' };
    const args = ['-D', files, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
    const account = databaseAccount();
    const child = spawn(await program('postgres'), args, { ...account, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    const server = new ForeignServer(files, walOut, port, child);
    await server.#ready();
    if (isNew) await server.query(`create database ${NAME}`, 'postgres');
    return server;
  }

  /** Of its superuser, who may act as another role. */
  url(role?: string, database = NAME): string {
    const options = role === undefined ? '' : `?options=${encodeURIComponent(`-c role=${role}`)}`;
    return `postgres://${NAME}:${PASSWORD}@127.0.0.1:${this.#port}/${database}${options}`;
  }

  async query(sql: string, database?: string): Promise<pg.QueryResult> {
    const client = new pg.Client({ connectionString: this.url(undefined, database) });
    await client.connect();
    return client.query(sql).finally(() => client.end());
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null) return;
    const ended = once(this.#child, 'exit');
    this.#child.kill('SIGINT');
    await ended;
  }

  async #ready(): Promise<void> {
    for (const end = performance.now() + 120_000; performance.now() < end; await sleep(100)) {
      if (this.#child.exitCode !== null) break;
      if (
        await this.query('select 1', 'postgres').then(
          () => true,
          () => false,
        )
      )
        return;
    }
    throw new Error(`the server is not ready:\n${this.#output}`);
  }
}

/** The loop that runs beside a server and starts another one on request, as the account of the server. Disposing of it ends both. */
export async function runScratchServers(shared: string): Promise<AsyncDisposable> {
  const path = `${dirname(await program('postgres'))}:/usr/bin:/bin`;
  const child = spawn('/bin/sh', ['-c', scratchServerProgram(volume(shared))], {
    ...databaseAccount(),
    cwd: '/',
    env: { PATH: path, LC_ALL: 'C' },
    stdio: 'ignore',
  });
  const end = async () => {
    if (child.exitCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGTERM');
    await ended;
  };
  return { [Symbol.asyncDispose]: end };
}

/** As the image does it. */
async function initialise(files: string): Promise<void> {
  const passwordFile = join(files, '../../password');
  writeFileSync(passwordFile, PASSWORD, { mode: 0o644 });
  const args = [
    '-D',
    files,
    '--username',
    NAME,
    '--pwfile',
    passwordFile,
    '--data-checksums',
    '--auth-host=scram-sha-256',
  ];
  const { code, output } = await runToEnd(await program('initdb'), [...args, '--no-sync'], {
    account: databaseAccount(),
    cwd: '/',
  });
  if (code !== 0) throw new Error(output);
  appendFileSync(join(files, 'postgresql.conf'), "listen_addresses = '*'\n");
  appendFileSync(join(files, 'pg_hba.conf'), 'host all all all scram-sha-256\n');
}

async function program(name: 'initdb' | 'postgres'): Promise<string> {
  const account = databaseAccount();
  const binaries = await prepareBinaries(await installedPackage(), {
    account,
    copyTo: copyPlaces('/var/tmp', account),
  });
  return binaries[name];
}
