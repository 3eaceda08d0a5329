import { join } from 'node:path';
import { Lines } from '../../common/lines.ts';
import { ambient } from '../../common/processes.ts';
import { Running } from '../../common/running.ts';

/** What the program is started with, as JSON. */
export type AskingOptions = {
  readonly url: string;
  /** Documents of GraphQL, asked in turns. */
  readonly questions: readonly string[];
  /** After each answer. */
  readonly pauseMs: number;
  /** How many are under way at once. */
  readonly atOnce: number;
  /** After which it gives a question up. */
  readonly patienceMs: number;
  /** Whether a connection is used again. */
  readonly keeps: boolean;
  readonly answers: string;
};

export type Answer = {
  /** When it was asked, ms since 1970. */
  readonly at: number;
  readonly question: string;
  readonly ms: number;
  /** Null where there was none; `failure` says why. */
  readonly status: number | null;
  readonly code: string | null;
  readonly retryAfter: string | null;
  readonly failure: string | null;
};

export const QUERY = '{ models { nodes { id } } }';
export const MUTATION =
  'mutation { createApiKey(name: "of the proof", scopes: [MODELS_READ], days: 1) { __typename } }';

type Shown = Pick<Answer, 'status' | 'code' | 'retryAfter'> & Partial<Pick<Answer, 'failure'>>;

let count = 0;

/** Somebody who asks a server all the time, in a process of its own. */
export class Asker {
  readonly #answers: Lines<Answer>;
  readonly #running: Running;
  #isKilled = false;

  constructor(
    folder: string,
    url: string,
    more: Partial<Pick<AskingOptions, 'questions' | 'pauseMs' | 'atOnce' | 'patienceMs' | 'keeps'>> = {},
  ) {
    count += 1;
    const path = join(folder, `asker-${count}`);
    const answers = `${path}.answers`;
    const usual = { questions: [QUERY], pauseMs: 100, atOnce: 1, patienceMs: 30_000, keeps: true };
    const given: AskingOptions = { url, answers, ...usual, ...more };
    const args = [join(import.meta.dirname, 'asking.ts'), JSON.stringify(given)];
    this.#answers = new Lines(answers);
    this.#running = new Running({ args, cwd: folder, env: ambient(), log: path });
  }

  /** In the order in which they came. Throws when nobody asks any more who was not told to end. */
  answers(): readonly Answer[] {
    const { end } = this.#running;
    if (end !== null && !this.#isKilled) throw new Error(`who asks ended: ${end}\n${this.#running.errors()}`);
    return this.#answers.read();
  }

  kill(): void {
    this.#isKilled = true;
    this.#running.killGroup();
  }
}

/** "503 UNAVAILABLE 3, 200 2" */
export function countsOf(answers: readonly Shown[]): string {
  const kinds = Object.groupBy(
    answers,
    ({ status, code, failure = null }) => failure ?? `${status} ${code ?? ''}`.trim(),
  );
  const texts = Object.entries(kinds).map(([kind, some]) => `${kind} ${some?.length ?? 0}`);
  return texts.length === 0 ? 'none' : texts.join(', ');
}

/** A line for each kind of answer that is not what a client can rely on while the database is away: 503, with a time to come back. */
export function refusedUncleanly(answers: readonly Shown[]): string[] {
  const wrong = answers.filter(
    ({ status, code, retryAfter }) => status !== 503 || code !== 'UNAVAILABLE' || !(Number(retryAfter) > 0),
  );
  if (wrong.length === 0) return [];
  const shown = wrong[0];
  return [
    `${wrong.length} of ${answers.length} were not refused with 503, UNAVAILABLE and Retry-After: ${countsOf(wrong)}; Retry-After ${shown?.retryAfter ?? 'missing'}`,
  ];
}
