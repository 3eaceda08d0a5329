import { randomUUID } from 'node:crypto';
import { ClientSocket } from './socket.ts';

export type CrowdOrder = {
  readonly port: number;
  readonly count: number;
  readonly query: string;
  /** Of the n-th subscriber: those at n modulo their number. Subscribers with the same variables are to be sent the same bytes. */
  readonly variables: readonly Readonly<Record<string, unknown>>[];
  /** Whether an item comes as soon as somebody subscribes; then it is waited for. */
  readonly answersFirst: boolean;
};

/** What the crowd was sent since it was asked before. */
export type Received = {
  readonly events: number;
  /** Of each group the text of each message, in order, without the id. */
  readonly messages: readonly (readonly string[])[];
  /** Messages that were not, byte for byte, what another subscriber of the group was sent at this place. */
  readonly different: number;
  /** Subscribers that were sent more or fewer messages than another of their group. */
  readonly uneven: number;
};

type Group = { readonly messages: Buffer[] };

const INIT = '{"type":"connection_init"}';
const ACK = Buffer.from('"connection_ack"');
const NEXT = Buffer.from('"next"');
const PAYLOAD = Buffer.from('"payload":');
const EVENT = Buffer.from('"type":"PUBLISHED"');
/** As many as wait for their first answer at once. */
const AT_ONCE = 50;

/** Subscribers with a connection each. Counts what they are sent, and compares it within groups that are to be sent the same. */
export class Crowd {
  readonly #order: CrowdOrder;
  readonly #groups: readonly Group[];
  readonly #sockets: ClientSocket[] = [];
  readonly #taken: number[] = [];
  #events = 0;
  #different = 0;
  #wanted: { readonly events: number; resolve(): void } | null = null;
  #failure: string | null = null;

  constructor(order: CrowdOrder) {
    this.#order = order;
    this.#groups = order.variables.map(() => ({ messages: [] }));
  }

  /** Resolves when every one of them is subscribed. */
  async open(): Promise<void> {
    let next = 0;
    const some = async (): Promise<void> => {
      while (next < this.#order.count) await this.#join(next++);
    };
    await Promise.all(Array.from({ length: AT_ONCE }, some));
  }

  /** Resolves when so many events came since they were last asked for; throws when a connection ended. */
  async until(events: number): Promise<void> {
    if (this.#events < events)
      await new Promise<void>((resolve) => {
        this.#wanted = { events, resolve };
        if (this.#failure !== null) resolve();
      });
    this.#wanted = null;
    if (this.#failure !== null) throw new Error(this.#failure);
  }

  received(): Received {
    const messages = this.#groups.map((group) => group.messages.splice(0));
    const expected = (index: number): number => messages[index % messages.length]?.length ?? 0;
    const uneven = this.#taken.filter((taken, index) => taken !== expected(index)).length;
    const [events, different] = [this.#events, this.#different];
    this.#taken.fill(0);
    this.#events = 0;
    this.#different = 0;
    return { events, messages: messages.map((group) => group.map((payload) => `{${payload}`)), different, uneven };
  }

  close(): void {
    for (const socket of this.#sockets.splice(0)) socket.destroy();
  }

  #join(index: number): Promise<void> {
    const { port, query, variables, answersFirst } = this.#order;
    const payload = { query, variables: variables[index % variables.length] };
    this.#taken[index] = 0;
    return new Promise((resolve, reject) => {
      const heard = (text: Buffer): void => {
        if (text.includes(ACK)) {
          socket.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload }));
          if (!answersFirst) resolve();
        } else {
          if (answersFirst && text.includes(NEXT)) resolve();
          this.#take(text, index);
        }
      };
      const closed = (reason: string): void => {
        this.#fail(reason);
        reject(new Error(reason));
      };
      const socket = new ClientSocket(port, { opened: () => socket.send(INIT), heard, closed });
      this.#sockets.push(socket);
    });
  }

  #take(text: Buffer, index: number): void {
    const events = occurrences(text);
    if (events === 0) return;
    const { messages } = this.#groups[index % this.#groups.length] ?? { messages: [] };
    const place = this.#taken[index] ?? 0;
    const first = messages[place];
    // What stands before is the subscriber's own id.
    const payload = text.subarray(text.indexOf(PAYLOAD));
    if (first === undefined) messages[place] = Buffer.from(payload);
    else if (!first.equals(payload)) this.#different += 1;
    this.#taken[index] = place + 1;
    this.#events += events;
    if (this.#wanted !== null && this.#events >= this.#wanted.events) this.#wanted.resolve();
  }

  #fail(reason: string): void {
    this.#failure ??= reason;
    this.#wanted?.resolve();
  }
}

/** How many events a message has: one can carry several. */
function occurrences(text: Buffer): number {
  let count = 0;
  for (let at = text.indexOf(EVENT); at !== -1; at = text.indexOf(EVENT, at + EVENT.length)) count++;
  return count;
}
