import type { Decimal } from '../../bar.ts';
import type { RefusedMessage } from '../../venue/messages.ts';

// Names and meaning of each field: https://docs.cdp.coinbase.com/exchange/websocket-feed/channels, one section a channel.
// Control messages: https://docs.cdp.coinbase.com/exchange/websocket-feed/overview and .../errors

/** A trade of a product. Trades of one product have consecutive ids, by which a missing one shows. */
export type Trade = {
  readonly product: string;
  readonly id: number;
  readonly price: Decimal;
  readonly size: Decimal;
  /** By the venue's clock, ms since 1970 UTC. */
  readonly time: number;
};

/** Channel "matches". LAST_MATCH, once after the subscription, is the newest trade before it. */
export type TradeMessage = { readonly kind: 'MATCH' | 'LAST_MATCH' } & Trade;

/** Channel "heartbeat": once a second for each product, whether it is traded or not. */
export type HeartbeatMessage = {
  readonly kind: 'HEARTBEAT';
  readonly product: string;
  readonly time: number;
  /** Null where it says 0: the feed has been seen to say that for months. https://github.com/preichenberger/go-coinbasepro/issues/89 */
  readonly lastTradeId: number | null;
};

export type ControlMessage =
  | { readonly kind: 'SUBSCRIPTIONS'; readonly products: Readonly<Record<string, readonly string[]>> }
  | { readonly kind: 'ERROR'; readonly message: string; readonly reason: string | null };

export type DataMessage = TradeMessage | HeartbeatMessage;
export type Message = DataMessage | ControlMessage | RefusedMessage;
