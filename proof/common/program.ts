import type { ChildProcess } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Seen, stillThere, treeOf } from './process-tree.ts';

const LAST_WORDS_S = 1;

/** A program that was started: what it has said, how it ended, and how long ago it began. */
export class Program {
  readonly child: ChildProcess;
  output = '';
  readonly #stop: AbortSignal;
  readonly #begun = performance.now();
  #end: string | null = null;
  #closed = false;
  #seen: Seen[] = [];

  /** When `stop` is aborted, every waiting is over. */
  constructor(child: ChildProcess, stop: AbortSignal) {
    this.child = child;
    this.#stop = stop;
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.output += text;
      });
    child.on('error', (error) => {
      this.#end = error.message;
    });
    child.on('exit', (code, signal) => {
      this.#end = code === null ? String(signal) : `exit code ${code}`;
    });
    child.on('close', () => {
      this.#closed = true;
    });
  }

  /** Since it was started, in tenths. */
  seconds(): number {
    return Math.round((performance.now() - this.#begun) / 100) / 10;
  }

  /** Resolves when it has ended with exit code 0, and throws when it ends otherwise or not in time. */
  async ended(limitSeconds: number, name: string): Promise<void> {
    await this.#until(() => this.#end !== null, limitSeconds);
    // Its last words may come after its end; what outlives it would hold the stream open.
    if (this.#end !== null) await this.#until(() => this.#closed, LAST_WORDS_S);
    if (this.#end === 'exit code 0') return;
    const how = this.#end ?? `not over after ${limitSeconds} s`;
    throw new Error(`${name}: ${how}, expected exit code 0\n${this.output.trimEnd()}`);
  }

  /** Resolves when it has said this, and throws when it ends before or does not say it in time. */
  async says(text: string, limitSeconds: number, name: string): Promise<void> {
    await this.#until(() => this.output.includes(text) || this.#end !== null, limitSeconds);
    if (this.output.includes(text)) return;
    throw new Error(
      `${name}: ${this.#end ?? `silent for ${limitSeconds} s`}, expected it to say ${text}\n${this.output.trimEnd()}`,
    );
  }

  /** Everything that runs because of it. */
  processes(): Seen[] {
    this.#seen = treeOf(this.child.pid ?? -1);
    return this.#seen;
  }

  /** For the way out: nothing of it outlives this, however it went. */
  kill(): void {
    for (const { pid } of stillThere([...this.#seen, ...this.processes()])) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself in between.
      }
    }
  }

  async #until(done: () => boolean, limitSeconds: number): Promise<void> {
    for (const end = performance.now() + limitSeconds * 1000; performance.now() < end && !done(); await sleep(20))
      this.#stop.throwIfAborted();
  }
}
