import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Session } from '../../access/session-watch.ts';
import { EventStream } from './event-stream.ts';
import { Outbox } from './outbox.ts';

const outbox = new Outbox();
const closing: (() => void)[] = [];
let begun = 0;
let client: Socket;
let text = '';
let hasEnded = false;
let stream: EventStream;
let mine: { left: number };

/** A stream on a real response, and a client that reads it when it likes. */
beforeEach(async () => {
  [begun, text, hasEnded] = [0, '', false];
  const own = { left: 0 };
  mine = own;
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('data', (bytes) => {
    text += String(bytes);
  });
  client.on('end', () => {
    hasEnded = true;
  });
  client.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
  const [, response] = (await once(server, 'request')) as [unknown, ServerResponse];
  const context = {
    outbox,
    formatError: (error: unknown) => ({ message: 'told', extensions: { code: String(error) } }),
    onTooSlow: () => undefined,
    random: () => 0.5,
    onBegin: () => {
      begun += 1;
    },
  };
  stream = new EventStream(context, response, { 'x-correlation-id': 'mine' });
  const session = { onEnd: () => undefined, close: () => undefined } as Partial<Session> as Session;
  const farewell = async (why: string): Promise<void> => {
    stream.next(Buffer.from(`"${why}"`), null);
    outbox.flush();
  };
  stream.serve({ leave: () => undefined, farewell }, session, () => {
    own.left += 1;
  });
  closing.push(() => {
    client.destroy();
    server.close();
  });
});
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

const payload = (size: number): Buffer => Buffer.from(JSON.stringify('x'.repeat(size)));
const now = (): number => performance.now();
/** A machine may be busy; what takes long is not what is looked at. */
const eventually = <T>(look: () => T) => expect.poll(look, { timeout: 20_000, interval: 20 });

describe('a stream of events', () => {
  it('begins with its first item, and leaves in one piece what came at one moment', async () => {
    expect(begun).toBe(0);
    stream.next(Buffer.from('{"a":1}'), 'c1');
    stream.next(Buffer.from('{"a":2}'), 'c2');
    expect(stream.waiting).toBeGreaterThan(40);
    outbox.flush();
    await eventually(() => text).toContain('{"a":2}');
    expect(begun).toBe(1);
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\nx-correlation-id: mine\r\n/);
    expect(text).toContain('retry: 2000\nevent: next\nid: c1');
    expect(text).toContain('event: next\nid: c1\ndata: {"a":1}\n\nevent: next\nid: c2\ndata: {"a":2}\n\n');
  });

  it('gives a sign of life after 4.5 s of silence, and none before', async () => {
    stream.next(payload(1), 'c1');
    outbox.flush();
    await eventually(() => stream.waiting).toBe(0);
    stream.giveSign(now() + 4_000);
    stream.giveSign(now() + 4_600);
    await eventually(() => text).toMatch(/"x"\n\n\r\n3\r\n:\n\n/);
    stream.giveSign(now() + 1_000);
    stream.complete();
    await eventually(() => hasEnded).toBe(true);
    expect(text.match(/\n:\n\n/g)).toHaveLength(1);
  });

  it('tells at once that it is there when there is nothing else to say', async () => {
    stream.giveSign(now() + 4_600);
    await eventually(() => text).toMatch(/retry: 2000\n:\n\n/);
  });

  it('knows what its client has not taken, and when it has', async () => {
    client.pause();
    let drained = false;
    while (stream.waiting < 512 * 1024) {
      stream.next(payload(64 * 1024), 'c');
      outbox.flush();
      await new Promise(setImmediate);
    }
    stream.onDrained(() => {
      drained = true;
    });
    const stuck = stream.waiting;
    stream.giveSign(now() + 60_000);
    expect(stream.waiting).toBe(stuck);
    client.resume();
    await eventually(() => drained).toBe(true);
    expect(stream.waiting).toBe(0);
  });

  it('ends without being complete for a client that is too slow, and takes nothing afterwards', async () => {
    stream.next(payload(1), 'c1');
    stream.tooSlow();
    stream.next(payload(2), 'c2');
    stream.complete();
    outbox.flush();
    await eventually(() => hasEnded).toBe(true);
    expect(text).toContain('id: c1');
    expect(text).not.toMatch(/c2|complete/);
    await eventually(() => mine.left).toBe(1);
  });

  it('says farewell and ends, when the process goes away', async () => {
    await stream.dismiss('SHUTTING_DOWN', 1_000);
    await eventually(() => hasEnded).toBe(true);
    expect(text).toContain('event: next\ndata: "SHUTTING_DOWN"\n\n');
    expect(text).not.toContain('complete');
  });

  it('completes after a mistake, and not after what will pass', async () => {
    stream.fail('BAD_CURSOR');
    await eventually(() => hasEnded).toBe(true);
    expect(text).toContain('data: {"errors":[{"message":"told","extensions":{"code":"BAD_CURSOR"}}]}');
    expect(text).toContain('event: complete\ndata:\n\n');
  });

  it('is come back to after what will pass', async () => {
    stream.fail('UNAVAILABLE');
    await eventually(() => hasEnded).toBe(true);
    expect(text).toContain('"code":"UNAVAILABLE"');
    expect(text).not.toContain('complete');
  });

  it('is over once its client is gone', async () => {
    stream.next(payload(1), 'c1');
    outbox.flush();
    client.destroy();
    await eventually(() => mine.left).toBe(1);
    stream.next(payload(1), 'c2');
    outbox.flush();
    stream.complete();
    expect(mine.left).toBe(1);
  });
});
