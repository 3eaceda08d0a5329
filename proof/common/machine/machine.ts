import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { Lines } from '../lines.ts';
import { ambient } from '../processes.ts';
import { type Late, TENTH_MS, takeTurns } from './turns.ts';

/** Two moments, ms since 1970. */
export type Span = { readonly from: number; readonly until: number };

/** By how much a timer was late, ms: in the worst hundredth of all tenths of a second, and once. */
export type Lateness = { readonly p99: number; readonly most: number };

/** Of a process that nobody asks for anything, and of this one: all ways that can be cut go through it. */
export type Kept = { readonly idle: Lateness; readonly own: Lateness };

const PROGRAM = join(import.meta.dirname, 'waiting.ts');

/** The control of all that is timed here: how late this machine is by itself, whatever else runs on it. */
export class Machine implements Disposable {
  readonly #child: ChildProcess;
  readonly #idle: Lines<Late>;
  readonly #own: Late[] = [];
  readonly #turns: Disposable;

  /**
   * In the folder stands what it was late by. The process that watches does nothing but wait, or works so long in each of its turns (ms): who
   * works has to wait for a processor where who only waits gets one at once.
   */
  constructor(folder: string, workMs = 0) {
    const told = join(folder, 'idle');
    this.#idle = new Lines(told);
    // In a group of its own: who ends this process at a terminal does not end that one first, which would look like lateness.
    this.#child = fork(PROGRAM, [told, String(workMs)], { env: ambient(), detached: true });
    this.#turns = takeTurns((late) => this.#own.push(late));
  }

  kept(span: Span): Kept {
    return { idle: latenessIn(this.#idle.read(), span), own: latenessIn(this.#own, span) };
  }

  /** By how much that process was late at most since this was last asked, ms. */
  async delayMs(): Promise<number> {
    const told = once(this.#child, 'message');
    this.#child.send('take');
    const [ms] = (await told) as [number];
    return ms;
  }

  [Symbol.dispose](): void {
    this.#turns[Symbol.dispose]();
    this.#child.kill('SIGKILL');
  }
}

/** What says nothing all the while is late for all of it. */
export function latenessIn(lines: readonly Late[], { from, until }: Span): Lateness {
  const told = lines.filter(({ at }) => at >= from && at <= until + TENTH_MS);
  const late = told.map((one) => one.late);
  const silentMs = until - (told.at(-1)?.at ?? from);
  if (silentMs > 2 * TENTH_MS) late.push(silentMs);
  late.sort((a, b) => a - b);
  const p99 = late[Math.min(late.length - 1, Math.floor(late.length * 0.99))] ?? 0;
  return { p99, most: late.at(-1) ?? 0 };
}
