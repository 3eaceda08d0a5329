import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { Certified } from './certificates.ts';
import { freePort } from './ports.ts';

/** The program of Valkey or Redis on this machine; null without one. */
export function redisProgram(): string | null {
  const isThere = (name: string): boolean => spawnSync(name, ['--version'], { stdio: 'ignore' }).status === 0;
  return ['valkey-server', 'redis-server'].find(isThere) ?? null;
}

/** A server of one's own that keeps nothing on disk. */
export class TestRedis {
  readonly #program: string;
  readonly #port: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'heliograph-redis-'));
  #child: ChildProcess | null = null;
  /** Of the user `default`, over TLS; null where nobody is asked for one. */
  #password: string | null = null;

  private constructor(program: string, port: number) {
    this.#program = program;
    this.#port = port;
  }

  static async start(): Promise<TestRedis> {
    const program = redisProgram();
    if (program === null) throw new Error('redis-server is missing');
    const redis = new TestRedis(program, await freePort());
    await redis.start();
    return redis;
  }

  /** Takes encrypted connections alone, and whoever knows the password, as Memorystore does. */
  static async startEncrypted({ certificate, key }: Certified, password: string): Promise<TestRedis> {
    const program = redisProgram();
    if (program === null) throw new Error('redis-server is missing');
    const redis = new TestRedis(program, await freePort());
    redis.#password = password;
    for (const [file, text] of Object.entries({ 'server.crt': certificate, 'server.key': key }))
      writeFileSync(join(redis.#folder, file), text, { mode: 0o600 });
    await redis.start([
      ...['--port', '0', '--tls-port', String(redis.port), '--tls-auth-clients', 'no', '--requirepass', password],
      ...['--tls-cert-file', 'server.crt', '--tls-key-file', 'server.key'],
    ]);
    return redis;
  }

  get url(): string {
    return `${this.#password === null ? 'redis' : 'rediss'}://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Resolves when it answers. `more`: options of the program. */
  async start(more: readonly string[] = []): Promise<void> {
    const options = ['--port', String(this.#port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...more];
    this.#child = spawn(this.#program, options, { cwd: this.#folder, stdio: 'ignore' });
    for (const end = performance.now() + 10_000; !(await this.#answers()); await sleep(10))
      if (performance.now() > end) throw new Error('redis-server did not start');
  }

  /** Ends it as a power cut would. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    if (child === null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Makes it take connections and answer nothing, until `resume`. */
  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** From now on new connections need another; those that are there stay. */
  async changePassword(password: string): Promise<void> {
    await this.command('ACL', 'SETUSER', 'default', 'resetpass', `>${password}`);
    this.#password = password;
  }

  /** A command of an operator. */
  async command(name: string, ...args: string[]): Promise<unknown> {
    const encrypted = this.#password === null ? {} : { password: this.#password, tls: { rejectUnauthorized: false } };
    const client = new Redis(this.url, { ...encrypted, maxRetriesPerRequest: 0 });
    client.on('error', () => undefined);
    try {
      return await client.call(name, ...args);
    } finally {
      client.disconnect();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #answers(): Promise<boolean> {
    return (await this.command('PING').catch(() => null)) === 'PONG';
  }
}

/** A way to a server on which, when asked to, those who have subscribed hear nothing any more, and are not told so. */
export class DeafeningProxy {
  readonly #target: number;
  readonly #server: Server;
  deafens = false;
  /** Connections that were taken. */
  connections = 0;

  private constructor(target: number) {
    this.#target = target;
    this.#server = createServer((near) => this.#join(near));
  }

  static async to(redis: TestRedis): Promise<DeafeningProxy> {
    const proxy = new DeafeningProxy(redis.port);
    proxy.#server.listen(0, '127.0.0.1');
    await once(proxy.#server, 'listening');
    return proxy;
  }

  get url(): string {
    return `redis://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
  }

  #join(near: Socket): void {
    this.connections += 1;
    const far = connect(this.#target, '127.0.0.1');
    near.pipe(far);
    far.on('data', (chunk: Buffer) => {
      // What is announced is an array of three whose first word is "message".
      if (!this.deafens || !chunk.includes('$7\r\nmessage')) near.write(chunk);
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  }
}
