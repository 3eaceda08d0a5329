import { join } from 'node:path';
import { Running } from '../running.ts';
import { ambient } from '../scene.ts';
import { Lines } from './lines.ts';

/** Two moments, ms since 1970. */
export type Span = { readonly from: number; readonly until: number };

/** By how much a timer was late, ms: in the worst hundredth of all tenths of a second, and once. */
export type Lateness = { readonly p99: number; readonly most: number };

/** A tenth of a second that ends then, and by how much a timer of 10 ms was late in it. */
export type Late = { readonly at: number; readonly late: number };

/** Of a process that does nothing else, and of this one: all ways that can be cut go through it. */
export type Kept = { readonly idle: Lateness; readonly own: Lateness };

const TENTH_MS = 100;
const TICK_MS = 10;

/** The control of all that is timed here: how late this machine is by itself, whatever else runs on it. */
export class Machine implements Disposable {
  readonly #running: Running;
  readonly #idle: Lines<Late>;
  readonly #own: Late[] = [];
  readonly #timer: NodeJS.Timeout;

  constructor(folder: string) {
    const told = join(folder, 'idle');
    this.#idle = new Lines(told);
    const args = [join(import.meta.dirname, 'idle.ts'), told];
    this.#running = new Running({ args, cwd: folder, env: ambient(), log: told });
    this.#timer = this.#watchOwn();
  }

  kept(span: Span): Kept {
    return { idle: latenessIn(this.#idle.read(), span), own: latenessIn(this.#own, span) };
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#running.killGroup();
  }

  #watchOwn(): NodeJS.Timeout {
    let [due, told, late] = [performance.now() + TICK_MS, performance.now(), 0];
    return setInterval(() => {
      const now = performance.now();
      late = Math.max(late, now - due);
      due = now + TICK_MS;
      if (now - told < TENTH_MS) return;
      this.#own.push({ at: Date.now(), late: Math.round(late) });
      [told, late] = [now, 0];
    }, TICK_MS).unref();
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
