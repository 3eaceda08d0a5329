import { createHash } from 'node:crypto';
import type { RecordedTrade } from './trades.ts';

/** Where each frame is documented. */
export const PAGES = {
  match: 'https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#match',
  last_match: 'https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#matches-channel',
  heartbeat: 'https://docs.cdp.coinbase.com/exchange/websocket-feed/channels#heartbeat-channel',
  subscriptions: 'https://docs.cdp.coinbase.com/exchange/websocket-feed/overview#subscriptions-message',
  error: 'https://docs.cdp.coinbase.com/exchange/websocket-feed/errors',
} as const;

export type Frame = Readonly<Record<string, unknown>> & { readonly type: keyof typeof PAGES };

export function match(trade: RecordedTrade, type: 'match' | 'last_match' = 'match'): Frame {
  return {
    type,
    trade_id: trade.id,
    sequence: trade.sequence,
    maker_order_id: orderId(`maker of ${trade.product} ${trade.id}`),
    taker_order_id: orderId(`taker of ${trade.product} ${trade.id}`),
    time: instant(trade.micros),
    product_id: trade.product,
    size: trade.size,
    price: trade.price,
    side: trade.side,
  };
}

export function heartbeat(
  product: string,
  last: { readonly id: number; readonly sequence: number },
  at: number,
): Frame {
  return {
    type: 'heartbeat',
    sequence: last.sequence,
    last_trade_id: last.id,
    product_id: product,
    time: instant(at * 1_000),
  };
}

export function subscriptions(channels: ReadonlyMap<string, ReadonlySet<string>>): Frame {
  return {
    type: 'subscriptions',
    channels: [...channels].map(([name, products]) => ({ name, product_ids: [...products] })),
  };
}

export function error(message: string, reason?: string): Frame {
  return { type: 'error', message, ...(reason === undefined ? {} : { reason }) };
}

/** RFC 3339 with microseconds, as in the pages' examples. */
export function instant(micros: number): string {
  const ms = Math.floor(micros / 1_000);
  const rest = String(Math.floor(micros % 1_000)).padStart(3, '0');
  return new Date(ms).toISOString().replace('Z', `${rest}Z`);
}

function orderId(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
