import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { WebSocket } from 'ws';

/**
 * What lives on the heap of another Node process, in bytes: it is made to collect its garbage first. The process has to be started with
 * `--inspect` on a port of this machine, and its standard error has to be a pipe.
 * The methods: https://chromedevtools.github.io/devtools-protocol/v8/
 */
export class LiveHeap {
  readonly #socket: WebSocket;
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  static async of(process: ChildProcess): Promise<LiveHeap> {
    if (process.stderr === null) throw new Error('The process has no pipe for its standard error');
    for await (const line of createInterface(process.stderr)) {
      const url = /^Debugger listening on (ws:\S+)/.exec(line)?.[1];
      if (url === undefined) continue;
      // What it says later still has to be read, or it would wait for a reader.
      process.stderr.resume();
      const socket = new WebSocket(url);
      await once(socket, 'open');
      return new LiveHeap(socket);
    }
    throw new Error('The process ended before it could be inspected');
  }

  async bytes(): Promise<number> {
    await this.#call('HeapProfiler.collectGarbage');
    const { usedSize } = await this.#call('Runtime.getHeapUsage');
    if (typeof usedSize !== 'number') throw new Error('The inspector does not tell how much of the heap is used');
    return usedSize;
  }

  close(): void {
    this.#socket.close();
  }

  async #call(method: string): Promise<Readonly<Record<string, unknown>>> {
    this.#calls += 1;
    const id = this.#calls;
    this.#socket.send(JSON.stringify({ id, method }));
    for (;;) {
      const [data] = (await once(this.#socket, 'message')) as [Buffer];
      const answer = JSON.parse(data.toString()) as { id?: number; result?: Record<string, unknown>; error?: unknown };
      if (answer.id !== id) continue;
      if (answer.result === undefined) throw new Error(`${method} failed: ${JSON.stringify(answer.error)}`);
      return answer.result;
    }
  }
}
