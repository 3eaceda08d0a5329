import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request as startRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Headers } from './http.ts';

/** Somebody who asks for a stream of events, and keeps all that it hears. */
export class AttackStream implements Disposable {
  /** Null where there was no answer. */
  readonly status: number | null;
  text = '';
  hasEnded = false;
  readonly #sending: ClientRequest;

  private constructor(sending: ClientRequest, response: IncomingMessage | null) {
    this.#sending = sending;
    this.status = response?.statusCode ?? null;
    response?.on('data', (part: Buffer) => {
      this.text += part.toString();
    });
    response?.once('close', () => {
      this.hasEnded = true;
    });
  }

  /** By GET, unless there is a body to post. Resolves when its head has come. */
  static async open(url: string, headers: Headers, body?: string): Promise<AttackStream> {
    const posted = body === undefined ? {} : { 'content-type': 'application/json' };
    const sending = startRequest(url, {
      ...{ method: body === undefined ? 'GET' : 'POST', agent: false },
      headers: { accept: 'text/event-stream', ...posted, ...headers } as Record<string, string>,
    });
    sending.on('error', () => undefined);
    const answered = once(sending, 'response').catch(() => [null]) as Promise<[IncomingMessage | null]>;
    sending.end(body);
    const [response] = await answered;
    return new AttackStream(sending, response);
  }

  async hears(words: string, patienceMs: number): Promise<boolean> {
    for (const end = performance.now() + patienceMs; performance.now() < end && !this.hasEnded; await sleep(5))
      if (this.text.includes(words)) return true;
    return this.text.includes(words);
  }

  /** Whether the service ends it within that time. */
  async ends(patienceMs: number): Promise<boolean> {
    for (const end = performance.now() + patienceMs; performance.now() < end && !this.hasEnded; ) await sleep(5);
    return this.hasEnded;
  }

  [Symbol.dispose](): void {
    this.#sending.destroy();
  }
}
