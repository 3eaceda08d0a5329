import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const TURN_MS = 10;
const BUSY_MS = 2;

/**
 * A process that works a little in each turn of its event loop, and knows by how much its turns were late: since nobody attacks it, that is by
 * how much this machine makes anybody wait.
 */
export class Machine implements Disposable {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  static async start(): Promise<Machine> {
    const child = fork(import.meta.filename);
    await once(child, 'message');
    return new Machine(child);
  }

  /** The longest delay of a turn since this was last asked, ms. */
  async delayMs(): Promise<number> {
    const told = once(this.#child, 'message');
    this.#child.send('take');
    const [ms] = (await told) as [number];
    return ms;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

if (process.argv[1] === import.meta.filename) {
  const delay = monitorEventLoopDelay({ resolution: TURN_MS });
  delay.enable();
  setInterval(() => {
    for (const end = performance.now() + BUSY_MS; performance.now() < end; );
  }, TURN_MS);
  process.on('message', () => {
    process.send?.(Math.max(0, delay.max / 1e6 - TURN_MS - BUSY_MS));
    delay.reset();
  });
  process.on('disconnect', () => process.exit());
  process.send?.('begun');
}
