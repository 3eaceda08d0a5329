import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { request } from '../wire/http.ts';

const EVERY_MS = 20;
const LONGEST_MS = 60_000;

/** Asks an address again and again from a process of its own, so that what keeps this one busy is not taken for the service's delay. */
export class Prober {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Resolves when the first answer has come. */
  static async start(url: string): Promise<Prober> {
    const child = fork(import.meta.filename, [url]);
    await once(child, 'message');
    return new Prober(child);
  }

  /** How long each answer took, in ms; what was no 200 counts as a minute. */
  async stop(): Promise<number[]> {
    const told = once(this.#child, 'message');
    this.#child.send('stop');
    const [times] = (await told) as [number[]];
    return times;
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}

if (process.argv[1] === import.meta.filename) {
  const url = process.argv[2] ?? '';
  const times: number[] = [];
  let isOver = false;
  process.once('message', () => {
    isOver = true;
  });
  await probe(url);
  process.send?.('begun');
  while (!isOver) {
    times.push(await probe(url));
    await sleep(EVERY_MS);
  }
  process.send?.(times, () => process.disconnect());
}

async function probe(url: string): Promise<number> {
  const begin = performance.now();
  const { status } = await request({ url }).catch(() => ({ status: null }));
  return status === 200 ? performance.now() - begin : LONGEST_MS;
}
