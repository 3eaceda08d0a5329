import { createHash, randomUUID } from 'node:crypto';
import { ClientSocket } from './socket.ts';

export type ReturnOrder = {
  readonly port: number;
  readonly query: string;
  /** Variables of each client, which has missed as many events as all the others. */
  readonly clients: readonly Readonly<Record<string, unknown>>[];
  readonly missed: number;
  /** How many of them come at once. */
  readonly atOnce: number;
};

/** Of each client, in their order. */
export type Returned = {
  /** From the attempt to connect until it has what it missed, ms. */
  readonly ms: number;
  /** SHA-256 of the ids of what it was sent, in that order. */
  readonly ids: string;
};

type Message = {
  readonly type: string;
  readonly payload?: { readonly data?: { readonly signalEvents: Item } };
};
type Item = { readonly events?: readonly { readonly signal: { readonly id: string } }[] };

/** Clients that come back with a cursor, each measured. */
export async function comeBack(order: ReturnOrder): Promise<Returned[]> {
  const returned: Returned[] = [];
  let next = 0;
  const some = async (): Promise<void> => {
    for (let index = next++; index < order.clients.length; index = next++) returned[index] = await one(order, index);
  };
  await Promise.all(Array.from({ length: order.atOnce }, some));
  return returned;
}

function one({ port, query, clients, missed }: ReturnOrder, index: number): Promise<Returned> {
  const begin = performance.now();
  const ids: string[] = [];
  return new Promise((resolve, reject) => {
    const heard = (text: Buffer): void => {
      const { type, payload } = JSON.parse(text.toString()) as Message;
      const asked = { query, variables: clients[index] };
      if (type === 'connection_ack')
        socket.send(JSON.stringify({ id: randomUUID(), type: 'subscribe', payload: asked }));
      else if (type !== 'next') reject(new Error(`a client was sent ${text.toString('utf8', 0, 500)}`));
      ids.push(...(payload?.data?.signalEvents.events?.map(({ signal }) => signal.id) ?? []));
      if (ids.length < missed) return;
      const ms = performance.now() - begin;
      socket.destroy();
      resolve({ ms, ids: createHash('sha256').update(ids.join(' ')).digest('hex') });
    };
    const opened = () => socket.send('{"type":"connection_init"}');
    const socket = new ClientSocket(port, { opened, heard, closed: (reason) => reject(new Error(reason)) });
  });
}
