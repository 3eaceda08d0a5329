import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { frameOf } from './frame.ts';
import { FrameWriter } from './frame-writer.ts';
import { Outbox } from './outbox.ts';

let server: WebSocketServer;
let client: WebSocket;
let socket: WebSocket;
let stream: Socket;
let outbox: Outbox;
let writer: FrameWriter;
let heard: string[];

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  client = new WebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`);
  heard = [];
  client.on('message', (data: Buffer) => heard.push((JSON.parse(data.toString()) as { text: string }).text));
  const [accepted, request] = (await once(server, 'connection')) as [WebSocket, { socket: Socket }];
  [socket, stream] = [accepted, request.socket];
  if (client.readyState !== WebSocket.OPEN) await once(client, 'open');
  outbox = new Outbox();
  writer = new FrameWriter(outbox, socket, stream);
});

afterEach(() => {
  client.terminate();
  server.close();
});

const frame = (text: string): Buffer => frameOf({ text });

async function hears(count: number): Promise<string[]> {
  while (heard.length < count) await once(client, 'message');
  return heard;
}

describe('the way out of a WebSocket', () => {
  it('writes all frames of a moment at once, in their order', async () => {
    let writes = 0;
    const write = stream.write.bind(stream);
    stream.write = ((...given: Parameters<Socket['write']>) => {
      writes += 1;
      return write(...given);
    }) as Socket['write'];
    for (const text of ['a', 'b', 'c']) writer.put(frame(text));
    expect([writes, writer.waiting]).toEqual([0, 3 * frame('a').length]);
    outbox.flush();
    expect(writes).toBe(1);
    expect(await hears(3)).toEqual(['a', 'b', 'c']);
  });

  it('sends at once what cannot wait, after what was put before', async () => {
    writer.put(frame('a'));
    writer.send(frame('b'));
    writer.send(frame('c'));
    expect(await hears(3)).toEqual(['a', 'b', 'c']);
  });

  it('sends what was put before it closes, and nothing after', async () => {
    writer.put(frame('a'));
    writer.close(1013, 'too slow');
    writer.put(frame('b'));
    outbox.flush();
    const [code] = (await once(client, 'close')) as [number];
    expect([heard, code]).toEqual([['a'], 1013]);
  });

  it('tells who waits for room that the socket has gone', async () => {
    const told: string[] = [];
    writer.onDrained(() => told.push('one'));
    writer.onDrained(() => told.push('other'));
    writer.put(frame('a'));
    writer.end();
    expect(told).toEqual(['one', 'other']);
    expect(writer.waiting).toBe(stream.writableLength);
  });
});

describe('turns of those who share a connection', () => {
  const LIMIT = 100_000;
  const big = (): Buffer => frame('x'.repeat(LIMIT));

  it('let nobody put more because others were about to: of many who see room, one has it', async () => {
    client.pause();
    const all = Array.from({ length: 50 }, () =>
      writer.inTurn(async () => {
        if (writer.waiting > LIMIT) return;
        await new Promise((resolve) => setImmediate(resolve));
        writer.put(big());
      }),
    );
    await Promise.all(all);
    expect(writer.waiting).toBeLessThan(3 * LIMIT);
  });

  it('are in order, and go on after a piece of work that failed', async () => {
    const done: number[] = [];
    const work = (n: number) => async () => {
      await new Promise((resolve) => setTimeout(resolve, 5 - n));
      done.push(n);
      if (n === 1) throw new Error('failed');
    };
    const all = await Promise.allSettled([0, 1, 2, 3].map((n) => writer.inTurn(work(n))));
    expect(done).toEqual([0, 1, 2, 3]);
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
  });
});
