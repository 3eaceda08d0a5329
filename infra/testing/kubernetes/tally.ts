/** The last thing that is looked at in a stack: without it the stack was not tried to its end. */
export const LAST_CHECK = 'it goes in the opposite order';

/** Counts what held and what did not, and says both. */
export class Tally {
  passed = 0;
  failed = 0;
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  async check(stack: string, what: string, find: () => Promise<readonly string[]> | readonly string[]): Promise<void> {
    const began = performance.now();
    const problems = await Promise.resolve()
      .then(find)
      .catch((error: unknown) => [error instanceof Error ? error.message : String(error)]);
    if (problems.length === 0) this.passed += 1;
    else this.failed += 1;
    const seconds = Math.round((performance.now() - began) / 1000);
    this.#write(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${stack.padEnd(20)} ${what}, ${seconds} s`);
    for (const problem of problems) this.#write(`         ${problem}`);
  }
}
