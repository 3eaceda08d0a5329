import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Row } from './report.ts';

/** What was struck, also by a run before that was cut off; in a file, where there is one, from the moment in which it is known. */
export class Journal {
  readonly #path: string | null;
  readonly #rows: Row[] = [];

  constructor(path: string | null) {
    this.#path = path;
    if (path === null || !existsSync(path)) return;
    const lines = readFileSync(path, 'utf8').split('\n').slice(0, -1);
    this.#rows.push(...lines.map((line) => JSON.parse(line) as Row));
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  has(id: string, seed: number): boolean {
    return this.#rows.some((row) => row.id === id && row.seed === seed && row.notRun === null);
  }

  add(row: Row): void {
    this.#rows.push(row);
    if (this.#path !== null) appendFileSync(this.#path, `${JSON.stringify(row)}\n`);
  }
}
