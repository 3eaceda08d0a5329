import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { InvalidInput } from '../../../backend/platform/errors.ts';
import { outcomeOf, type Row } from './report.ts';

export type JournalOptions = {
  /** A file, in which each row is from the moment in which it is known; null: none. */
  readonly path: string | null;
  /** Of what is struck now. */
  readonly commit: string;
  /** Whether rows of others may be in it. */
  readonly anyCommit: boolean;
};

/** What rows have that were written before these were known. */
const OLD = { commit: 'unknown', unjudged: [] as readonly string[] };

/** What was struck, also by a run before that was cut off. */
export class Journal {
  readonly #path: string | null;
  readonly #rows: Row[] = [];

  /** Throws where the file has rows of another commit, which would be taken for what is struck now. */
  constructor({ path, commit, anyCommit }: JournalOptions) {
    this.#path = path;
    if (path === null || !existsSync(path)) return;
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    for (const line of lines)
      this.#take({ ...OLD, ...(JSON.parse(line) as Omit<Row, keyof typeof OLD> & Partial<typeof OLD>) });
    // Two trees that were changed may differ in anything.
    const other = this.#rows.find((row) => row.commit !== commit || commit.endsWith('changed'));
    if (other === undefined || anyCommit) return;
    const expected = `rows of what is struck now (${commit}) alone; it has rows of ${other.commit}. With --any-commit it goes on all the same`;
    throw new InvalidInput('--journal', path, expected);
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  /** Whether it need not be struck again. What could not be judged may be judged the next time. */
  has(id: string, seed: number): boolean {
    return this.#rows.some(
      (row) => row.id === id && row.seed === seed && ['passed', 'FAILED'].includes(outcomeOf(row)),
    );
  }

  add(row: Row): void {
    this.#take(row);
    if (this.#path !== null) appendFileSync(this.#path, `${JSON.stringify(row)}\n`);
  }

  /** In place of one that was not judged, or not run. */
  #take(row: Row): void {
    const index = this.#rows.findIndex(({ id, seed }) => id === row.id && seed === row.seed);
    if (index === -1) this.#rows.push(row);
    else this.#rows[index] = row;
  }
}
