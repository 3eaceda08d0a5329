import { join } from 'node:path';
import { Lines } from '../../common/lines.ts';
import { ambient } from '../../common/processes.ts';
import { Running } from '../../common/running.ts';
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
  /** Of another version of the repository; null for this one. */
  readonly repository: string | null;
};

export type Delivery = { readonly at: number; readonly cursor: string; readonly events: readonly Heard[] };

const REPOSITORY = join(import.meta.dirname, '../../..');
const PROGRAM = 'proof/faults/delivery/application.ts';

/** A program that follows, in a process of its own. */
export class Follower {
  readonly name: string;
  #expectation: Expectation;
  readonly #options: FollowerOptions;
  readonly #heard: Lines<Delivery>;
  readonly #told: Lines<Told & { readonly detail: string }>;
  readonly #running: Running;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.name = options.name;
    this.#expectation = { name: options.name, filter: options.side ?? 'all', after: options.afterSeq };
    this.#heard = new Lines(this.#path('heard'));
    this.#told = new Lines(this.#path('told'));
    this.#running = this.#start();
  }

  get expectation(): Expectation {
    return this.#expectation;
  }

  /** Whether it gives up a cursor that does not continue. */
  get goesOn(): boolean {
    return this.#options.goOn;
  }

  /** It was told that it cannot have these any more. */
  isWithout(lost: NonNullable<Expectation['lost']>): void {
    this.#expectation = { ...this.#expectation, lost };
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

  deliveries(): readonly Delivery[] {
    return this.#heard.read();
  }

  heard(): Heard[] {
    return this.deliveries().flatMap(({ events }) => events);
  }

  /** Each event with the moment in which it was handed over. */
  timed(): { readonly seq: number; readonly at: number }[] {
    return this.deliveries().flatMap(({ at, events }) => events.map(({ seq }) => ({ seq, at })));
  }

  /** The newest event that it was handed; 0 before the first. */
  get newest(): number {
    return (
      this.deliveries()
        .findLast(({ events }) => events.length > 0)
        ?.events.at(-1)?.seq ?? 0
    );
  }

  told(): readonly (Told & { readonly detail: string })[] {
    return this.#told.read();
  }

  #start(): Running {
    const { name: _name, folder, afterSeq: _afterSeq, repository, ...options } = this.#options;
    const given: ApplicationOptions = { ...options, heard: this.#path('heard'), told: this.#path('told') };
    const args = [join(repository ?? REPOSITORY, PROGRAM), JSON.stringify(given)];
    return new Running({ args, cwd: folder, env: ambient(), log: this.#path('log') });
  }

  #path(what: string): string {
    return join(this.#options.folder, `${this.name}.${what}`);
  }
}
