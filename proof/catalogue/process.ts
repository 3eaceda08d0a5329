import { setTimeout as sleep } from 'node:timers/promises';
import type { Role } from '../../backend/roles.ts';
import { freePort } from '../../backend/testing/ports.ts';
import { type Running, until } from '../common/running.ts';
import type { Scene } from '../common/scene.ts';
import { type Page, readPage } from './exposition.ts';

/** The machine may be busy with other tests. */
const PATIENCE_S = 300;

/** A role of the service in a process of its own, as it is deployed. */
export class RoleProcess {
  readonly role: Role;
  /** Of the public listener, where the role has one. */
  readonly url: string;
  /** As soon as there was one: what it showed before it had done anything. */
  first: Page = new Map();
  readonly #scene: Scene;
  readonly #internal: string;
  #running: Running | null = null;

  private constructor(role: Role, scene: Scene, [port, internal]: readonly [number, number]) {
    this.role = role;
    this.url = `http://127.0.0.1:${port}/graphql`;
    this.#scene = scene;
    this.#internal = `http://127.0.0.1:${internal}`;
  }

  /** Resolves when it is ready. Throws an Error with its last words when it ends before. */
  static async start(
    scene: Scene,
    role: Role,
    settings: Readonly<Record<string, string>>,
    flags: readonly string[] = [],
  ): Promise<RoleProcess> {
    const ports = [await freePort(), await freePort()] as const;
    const started = new RoleProcess(role, scene, ports);
    const running = scene.node(role, ['--import', 'tsx', 'backend/main.ts', 'start', '--role', role, ...flags], {
      PORT: String(ports[0]),
      INTERNAL_PORT: String(ports[1]),
      ...settings,
    });
    started.#running = running;
    const isThere = async (): Promise<boolean> => {
      started.#refuseEnded();
      if (started.first.size === 0) started.first = (await started.page().catch(() => null)) ?? new Map();
      return started.isReady();
    };
    await until(`role ${role} is ready`, isThere, { signal: scene.signal, seconds: PATIENCE_S, everyMs: 30 });
    return started;
  }

  /** One that has ended has nothing more to say than its last words. */
  #refuseEnded(): void {
    const running = this.#running;
    if (running === null || running.end === null) return;
    throw new Error(`role ${this.role}: ${running.end}\n${this.#lastWords()}`);
  }

  #lastWords(): string {
    const running = this.#running;
    return running === null ? '' : `${running.output()}${running.errors()}`.slice(-3_000);
  }

  async isReady(): Promise<boolean> {
    return fetch(`${this.#internal}/readyz`, { signal: AbortSignal.timeout(3_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }

  /** What it shows to Prometheus now. */
  async page(): Promise<Page> {
    const text = await read(`${this.#internal}/metrics`).catch((error: unknown) => {
      this.#refuseEnded();
      throw error;
    });
    return readPage(text);
  }

  /** The sum of a family over the series that have these labels. */
  async value(name: string, labels: Readonly<Record<string, string>>): Promise<number> {
    return ((await this.page()).get(name)?.samples ?? [])
      .filter((sample) => Object.entries(labels).every(([label, value]) => sample.labels[label] === value))
      .reduce((sum, { value }) => sum + value, 0);
  }

  /** Waits until a family is more than zero over the series that have these labels. */
  async shows(name: string, labels: Readonly<Record<string, string>> = {}): Promise<void> {
    const what = `${name}${JSON.stringify(labels)} of role ${this.role} is more than zero`;
    const isSo = async (): Promise<boolean> => (await this.value(name, labels).catch(() => 0)) > 0;
    try {
      await until(what, isSo, { signal: this.#scene.signal, seconds: PATIENCE_S, everyMs: 200 });
    } catch (error) {
      throw new Error(`${error instanceof Error ? error.message : error}\n${this.#lastWords()}`, { cause: error });
    }
  }

  /** What the only field of an operation answers. Throws an Error with the whole answer when it is refused. */
  async field<T>(query: string, variables: object = {}): Promise<T> {
    const answer = await this.ask({ query, variables });
    const [value] = Object.values(answer.data ?? {});
    if (value === undefined || value === null)
      throw new Error(`role ${this.role}: ${query}: ${JSON.stringify(answer)}`);
    return value as T;
  }

  /** One request, whatever becomes of it: its answer where there is one. */
  async ask(body: unknown, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
    try {
      const answer = await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(15_000),
      });
      return { status: answer.status, ...((await answer.json()) as Omit<Answer, 'status'>) };
    } catch {
      await sleep(50);
      return { status: null };
    }
  }
}

/** Of a connection that the other side has just closed for its idleness nothing was read: another one is tried. */
export async function read(url: string | URL, attempts = 3): Promise<string> {
  try {
    return await (await fetch(url)).text();
  } catch (error) {
    if (attempts === 1) throw error;
    await sleep(50);
    return read(url, attempts - 1);
  }
}

export type Answer = {
  readonly status: number | null;
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
};
