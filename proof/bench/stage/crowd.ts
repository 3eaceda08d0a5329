import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { CrowdOrder, Received } from '../traffic/crowd.ts';
import type { Order } from '../traffic/program.ts';
import type { Returned, ReturnOrder } from '../traffic/returning.ts';

const PROGRAM = join(import.meta.dirname, '../traffic/program.ts');
/** Whatever a crowd is asked, it has long done it by then. */
const PATIENCE_MS = 300_000;

/** Subscribers of one server, in a process of their own. */
export class Subscribers {
  readonly #child: ChildProcess = fork(PROGRAM, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });

  /** Resolves when each of them is subscribed. */
  async open(order: CrowdOrder): Promise<void> {
    await this.#ask({ open: order });
  }

  /** Resolves when so many events came since `received` was called last. */
  async until(events: number): Promise<void> {
    await this.#ask({ until: events });
  }

  async received(): Promise<Received> {
    return (await this.#ask('received')) as Received;
  }

  /** Clients that come back, besides those that are there. */
  async comeBack(order: ReturnOrder): Promise<readonly Returned[]> {
    return (await this.#ask({ comeBack: order })) as Returned[];
  }

  /** Closes their connections; more can be opened. */
  async disconnect(): Promise<void> {
    await this.#ask('close');
  }

  stop(): void {
    this.#child.kill('SIGKILL');
  }

  async #ask(order: Order): Promise<unknown> {
    this.#child.send(order);
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const [message] = (await once(this.#child, 'message', { signal })) as [{ answer: unknown } | { failure: string }];
    if ('failure' in message) throw new Error(`a subscriber: ${message.failure}`);
    return message.answer;
  }
}
