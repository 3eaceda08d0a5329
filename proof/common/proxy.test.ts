import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { FaultProxy } from './proxy.ts';

const within = { timeout: 10_000, interval: 10 };

let server: Server;
let proxy: FaultProxy;
/** What the server has seen: all bytes, and how its connections ended. */
let heard: string;
let ends: string[];
let accepted: Socket[];
beforeEach(async () => {
  [heard, ends, accepted] = ['', [], []];
  server = createServer((socket) => {
    accepted.push(socket);
    socket.on('data', (piece) => {
      heard += piece.toString();
      socket.write(piece);
    });
    socket.on('error', (error: NodeJS.ErrnoException) => void ends.push(error.code ?? ''));
    socket.on('end', () => void ends.push('end'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  proxy = await FaultProxy.to((server.address() as AddressInfo).port);
});
afterEach(async () => {
  await proxy[Symbol.asyncDispose]();
  for (const socket of accepted) socket.destroy();
  server.close();
});

function client(): { socket: Socket; heard: () => string; end: () => string | null } {
  const socket = connect(proxy.port, '127.0.0.1');
  let text = '';
  let end: string | null = null;
  socket.on('data', (piece) => {
    text += piece.toString();
  });
  socket.on('error', (error: NodeJS.ErrnoException) => {
    end = error.code ?? 'error';
  });
  socket.on('close', () => {
    end ??= 'closed';
  });
  return { socket, heard: () => text, end: () => end };
}

it('passes bytes both ways', async () => {
  const one = client();
  one.socket.write('hello');
  await expect.poll(one.heard, within).toBe('hello');
  one.socket.end();
  await expect.poll(() => ends, within).toEqual(['end']);
  await expect.poll(() => proxy.connections, within).toBe(0);
});

it('resets new connections while it refuses, and open ones when it is told to', async () => {
  const one = client();
  one.socket.write('a');
  await expect.poll(one.heard, within).toBe('a');
  proxy.refusing = true;
  const other = client();
  await expect.poll(other.end, within).not.toBeNull();
  expect(one.end()).toBeNull();
  proxy.reset();
  await expect.poll(one.end, within).toBe('ECONNRESET');
  await expect.poll(() => ends, within).toEqual(['ECONNRESET']);
});

it('swallows one way and not the other, and brings what it held when it is mended', async () => {
  const one = client();
  one.socket.write('a');
  await expect.poll(one.heard, within).toBe('a');
  proxy.down.blackhole = true;
  one.socket.write('b');
  await expect.poll(() => heard, within).toBe('ab');
  expect(one.heard()).toBe('a');
  proxy.mend();
  await expect.poll(one.heard, within).toBe('ab');
});

it('tells neither side that the other has gone while it swallows', async () => {
  const one = client();
  one.socket.write('a');
  await expect.poll(one.heard, within).toBe('a');
  proxy.up.blackhole = true;
  one.socket.destroy();
  await expect.poll(one.end, within).not.toBeNull();
  expect(ends).toEqual([]);
  expect(proxy.connections).toBe(1);
});

it('cuts a connection off after so many bytes, in the middle of a message', async () => {
  proxy.resetAfter = 7;
  const one = client();
  one.socket.write('0123456789');
  await expect.poll(one.end, within).toBe('ECONNRESET');
  expect('0123456'.startsWith(one.heard())).toBe(true);
  proxy.mend();
  const other = client();
  other.socket.write('0123456789');
  await expect.poll(other.heard, within).toBe('0123456789');
});

it('takes its time where it is told to', async () => {
  proxy.down.bytesPerSecond = 500;
  const one = client();
  const begun = performance.now();
  one.socket.write('x'.repeat(200));
  await expect.poll(() => one.heard().length, within).toBe(200);
  // Never sooner: 200 bytes at 500 a second.
  expect(performance.now() - begun).toBeGreaterThan(300);
});

it('leads new connections elsewhere', async () => {
  const elsewhere = createServer((socket) => void socket.end('elsewhere')).listen(0, '127.0.0.1');
  await once(elsewhere, 'listening');
  proxy.turnTo((elsewhere.address() as AddressInfo).port);
  const one = client();
  await expect.poll(one.heard, within).toBe('elsewhere');
  elsewhere.close();
});
