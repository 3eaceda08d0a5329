import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export type Launch = {
  /** Arguments of Node. */
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** What it says goes to `<log>.out` and `<log>.err`. */
  readonly log: string;
};

/** A Node process in a process group of its own. */
export class Running {
  readonly pid: number;
  readonly log: string;
  readonly #child: ChildProcess;
  #end: string | null = null;

  constructor({ args, cwd, env, log }: Launch) {
    const [out, err] = [openSync(`${log}.out`, 'a'), openSync(`${log}.err`, 'a')];
    this.log = log;
    this.#child = spawn(process.execPath, args, { cwd, env, detached: true, stdio: ['ignore', out, err] });
    closeSync(out);
    closeSync(err);
    this.pid = this.#child.pid ?? -1;
    this.#child.once('error', (error) => {
      this.#end = error.message;
    });
    this.#child.once('exit', (code, signal) => {
      this.#end = signal ?? `exit code ${code}`;
    });
  }

  /** How it ended: "SIGKILL", "exit code 0"; null while it runs. */
  get end(): string | null {
    return this.#end;
  }

  output(): string {
    return readFileSync(`${this.log}.out`, 'utf8');
  }

  errors(): string {
    return readFileSync(`${this.log}.err`, 'utf8');
  }

  /** Waits for its end. Throws the signal's reason. */
  async ended(signal: AbortSignal): Promise<string> {
    for (;;) {
      if (this.#end !== null) return this.#end;
      await pause(signal);
    }
  }

  /** Waits until it has said this; throws when it ends before. */
  async says(text: string, signal: AbortSignal): Promise<void> {
    while (!this.output().includes(text)) {
      if (this.#end !== null) throw new Error(`${this.#end} before it said ${JSON.stringify(text)}`);
      await pause(signal);
    }
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** With all that it started in its process group. */
  killGroup(): void {
    if (this.#end !== null) return;
    try {
      process.kill(-this.pid, 'SIGKILL');
    } catch {
      // It ended by itself in between.
    }
  }
}

async function pause(signal: AbortSignal, ms = 10): Promise<void> {
  signal.throwIfAborted();
  await sleep(ms);
}

/** Waits until something is so. Throws the signal's reason, or that it was not so in time. */
export async function until(
  what: string,
  isSo: () => boolean | Promise<boolean>,
  { signal, seconds, everyMs }: { readonly signal: AbortSignal; readonly seconds: number; readonly everyMs?: number },
): Promise<void> {
  for (const deadline = performance.now() + seconds * 1_000; !(await isSo()); await pause(signal, everyMs)) {
    if (performance.now() > deadline) throw new Error(`${what}: not so within ${seconds} s`);
  }
}
