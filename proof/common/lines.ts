import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';

/** The lines of JSON of a file that grows. What was read stays; a last line that is on its way is read when it is whole. */
export class Lines<T> {
  readonly #path: string;
  readonly #read: T[] = [];
  #offset = 0;

  constructor(path: string) {
    this.#path = path;
  }

  read(): readonly T[] {
    if (!existsSync(this.#path)) return this.#read;
    const more = Buffer.alloc(Math.max(0, statSync(this.#path).size - this.#offset));
    if (more.length === 0) return this.#read;
    const file = openSync(this.#path, 'r');
    const length = readSync(file, more, 0, more.length, this.#offset);
    closeSync(file);
    const end = more.subarray(0, length).lastIndexOf('\n') + 1;
    for (const line of more.toString('utf8', 0, end).split('\n').slice(0, -1)) this.#read.push(JSON.parse(line) as T);
    this.#offset += end;
    return this.#read;
  }
}
