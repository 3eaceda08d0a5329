import { type ClientOptions, WebSocket } from 'ws';
import type { Subscription } from '../protocol/messages.ts';
import type { Encoding } from '../protocol/wire.ts';

/** Every wait of a connection in ms, and the largest frame in bytes. */
export type ConnectionLimits = {
  /** TCP, TLS and the upgrade together. */
  readonly handshakeMs: number;
  /** The server's answer to each step: its greeting, our keys, our subscription. They wait 10 s for our keys. */
  readonly stepMs: number;
  /** Between two pings, and from a ping to any sign of life. */
  readonly pingMs: number;
  readonly pongMs: number;
  /** From our close to theirs. */
  readonly closeMs: number;
  readonly frameBytes: number;
};

export const CONNECTION_LIMITS: ConnectionLimits = {
  handshakeMs: 10_000,
  stepMs: 10_000,
  pingMs: 10_000,
  pongMs: 10_000,
  closeMs: 500,
  frameBytes: 1024 * 1024,
};

type SocketOptions = { readonly url: string; readonly encoding: Encoding; readonly limits: ConnectionLimits };

/** Opens a socket with every size and wait of ws set. */
export function openSocket({ url, encoding, limits }: SocketOptions): WebSocket {
  const settings: ClientOptions & { closeTimeout: number; maxBufferedChunks: number; maxPendingAutoPongs: number } = {
    handshakeTimeout: limits.handshakeMs,
    closeTimeout: limits.closeMs,
    maxPayload: limits.frameBytes,
    maxFragments: 64,
    // A frame of full size in the smallest pieces that a network makes.
    maxBufferedChunks: 4_096,
    maxPendingAutoPongs: 60,
    perMessageDeflate: false,
    followRedirects: false,
    autoPong: true,
    headers: { 'Content-Type': `application/${encoding}` },
  };
  return new WebSocket(url, settings);
}

/** https://docs.alpaca.markets/docs/streaming-market-data#subscription */
export function subscribeMessage(subscription: Subscription): object {
  const asked = Object.entries(subscription).filter(([, symbols]) => symbols.length > 0);
  return { action: 'subscribe', ...Object.fromEntries(asked) };
}
