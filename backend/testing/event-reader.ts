/** What the events of a response say, as it was sent. */
export type HeardEvent = { readonly event: string; readonly id: string | null; readonly data: string };

/** A client of server-sent events that keeps all that it hears. */
export class EventReader implements AsyncDisposable {
  readonly response: Response;
  readonly events: HeardEvent[] = [];
  /** All of the text. */
  text = '';
  /** Whether the server has ended the stream. */
  hasEnded = false;
  readonly #left: AbortController;
  readonly #reading: Promise<void>;

  private constructor(response: Response, left: AbortController) {
    this.response = response;
    this.#left = left;
    this.#reading = this.#read();
  }

  /** Asks for events, by POST when there is a body. */
  static async open(url: string, body: object | null, headers: Record<string, string> = {}): Promise<EventReader> {
    const left = new AbortController();
    const accepting = { accept: 'text/event-stream', ...headers };
    const init =
      body === null
        ? { headers: accepting }
        : {
            method: 'POST',
            headers: { 'content-type': 'application/json', ...accepting },
            body: JSON.stringify(body),
          };
    return new EventReader(await fetch(url, { ...init, signal: left.signal }), left);
  }

  /** The data of events of that name, as JSON. */
  next(): Record<string, unknown>[] {
    return this.events.filter(({ event }) => event === 'next').map(({ data }) => JSON.parse(data));
  }

  /** The first field of each result: the items of a subscription. */
  items<T = Record<string, unknown>>(): T[] {
    return this.next().flatMap(({ data }) => Object.values((data ?? {}) as Record<string, T>));
  }

  leave(): void {
    this.#left.abort();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.leave();
    await this.#reading;
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    try {
      for await (const bytes of this.response.body as AsyncIterable<Uint8Array>) {
        this.text += decoder.decode(bytes, { stream: true });
        this.events.splice(0, this.events.length, ...eventsIn(this.text));
      }
      this.hasEnded = true;
    } catch {
      this.hasEnded = !this.#left.signal.aborted;
    }
  }
}

function eventsIn(text: string): HeardEvent[] {
  const blocks = text.split('\n\n').slice(0, -1);
  return blocks.flatMap((block) => {
    const fieldOf = (name: string): string | null => new RegExp(`^${name}: ?(.*)$`, 'm').exec(block)?.[1] ?? null;
    const event = fieldOf('event');
    return event === null ? [] : [{ event, id: fieldOf('id'), data: fieldOf('data') ?? '' }];
  });
}
