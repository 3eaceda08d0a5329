import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Running } from '../running.ts';
import { ambient } from '../scene.ts';
import type { Expectation, Heard, Told } from './checker.ts';

/** What the application is started with, as JSON. */
export type ApplicationOptions = {
  readonly url: string;
  readonly heard: string;
  readonly told: string;
  readonly side: 'LONG' | 'SHORT' | null;
  readonly after: string | null;
  readonly stallAfterMs: number;
  /** Whether a cursor that does not continue is given up for the one that the server names. */
  readonly goOn: boolean;
};

export type FollowerOptions = Omit<ApplicationOptions, 'heard' | 'told'> & {
  readonly name: string;
  readonly folder: string;
  /** Of the cursor that it begins after. */
  readonly afterSeq: number;
};

type Delivery = { readonly at: number; readonly cursor: string; readonly events: readonly Heard[] };

const PROGRAM = join(import.meta.dirname, 'application.ts');

/** A program that follows, in a process of its own. */
export class Follower {
  readonly name: string;
  readonly expectation: Expectation;
  readonly #options: FollowerOptions;
  #running: Running;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.name = options.name;
    this.expectation = { name: options.name, filter: options.side ?? 'all', after: options.afterSeq };
    this.#running = this.#start();
  }

  get pid(): number {
    return this.#running.pid;
  }

  /** How it ended; null while it runs. */
  get end(): string | null {
    return this.#running.end;
  }

  signal(signal: NodeJS.Signals): void {
    this.#running.kill(signal);
  }

  kill(): void {
    this.#running.killGroup();
  }

  /** After a kill: it goes on from what its file says. */
  restart(): void {
    this.#running.killGroup();
    this.#running = this.#start();
  }

  deliveries(): Delivery[] {
    return linesOf(this.#path('heard')).map((line) => JSON.parse(line) as Delivery);
  }

  heard(): Heard[] {
    return this.deliveries().flatMap(({ events }) => events);
  }

  told(): (Told & { readonly detail: string })[] {
    return linesOf(this.#path('told')).map((line) => JSON.parse(line) as Told & { detail: string });
  }

  #start(): Running {
    const { name: _name, folder, afterSeq: _afterSeq, ...options } = this.#options;
    const given: ApplicationOptions = { ...options, heard: this.#path('heard'), told: this.#path('told') };
    return new Running({ args: [PROGRAM, JSON.stringify(given)], cwd: folder, env: ambient(), log: this.#path('log') });
  }

  #path(what: string): string {
    return join(this.#options.folder, `${this.name}.${what}`);
  }
}

/** Whole lines only: the last one may be on its way. */
function linesOf(path: string): string[] {
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
}
