import type { Instant } from '../../venue/fields.ts';
import type { RefusedMessage } from '../../venue/messages.ts';
import type { BarValues } from './bar.ts';

// Names and meaning of each field: https://docs.alpaca.markets/docs/real-time-stock-pricing-data, one section a message.
// Control messages and the form of a frame: https://docs.alpaca.markets/docs/streaming-market-data

export const CHANNELS = [
  'trades',
  'quotes',
  'bars',
  'updatedBars',
  'dailyBars',
  'statuses',
  'lulds',
  'corrections',
  'cancelErrors',
  'imbalances',
] as const;
export type Channel = (typeof CHANNELS)[number];
/** Symbols by channel; "*" stands for every symbol. */
export type Subscription = Readonly<Record<Channel, readonly string[]>>;

/** Section "Bars": the minute that ended, a minute that a late trade changed, the day so far. */
export type BarMessage = BarOf<'BAR'> | BarOf<'UPDATED_BAR'> | BarOf<'DAILY_BAR'>;
type BarOf<Kind> = { readonly kind: Kind; readonly symbol: string } & BarValues;
type Trade = {
  readonly id: string;
  readonly price: string;
  readonly size: string;
  readonly conditions: readonly string[];
};
export type TradeMessage = { readonly kind: 'TRADE'; readonly exchange: string } & Trade & Marked;
type QuoteSide = { readonly exchange: string; readonly price: string; readonly size: string };
export type QuoteMessage = {
  readonly kind: 'QUOTE';
  readonly bid: QuoteSide;
  readonly ask: QuoteSide;
  readonly conditions: readonly string[];
} & Marked;
export type StatusMessage = {
  readonly kind: 'STATUS';
  readonly statusCode: string;
  readonly statusMessage: string;
  readonly reasonCode: string;
  readonly reasonMessage: string;
  /** Null when the status leaves trading as it was. */
  readonly trading: 'HALTED' | 'TRADING' | null;
} & Marked;
export type LuldMessage = {
  readonly kind: 'LULD';
  readonly limitUp: string;
  readonly limitDown: string;
  readonly indicator: string;
} & Marked;
export type CorrectionMessage = {
  readonly kind: 'CORRECTION';
  readonly exchange: string;
  readonly original: Trade;
  readonly corrected: Trade;
} & Marked;
export type CancelMessage = {
  readonly kind: 'CANCEL_ERROR';
  readonly exchange: string;
  readonly id: string;
  readonly price: string;
  readonly size: string;
  /** C for a cancel, E for an error. */
  readonly action: string;
} & Marked;
export type ImbalanceMessage = { readonly kind: 'IMBALANCE'; readonly price: string } & Marked;
export type Marked = { readonly symbol: string; readonly tape: string } & Instant;

export type DataMessage =
  | BarMessage
  | TradeMessage
  | QuoteMessage
  | StatusMessage
  | LuldMessage
  | CorrectionMessage
  | CancelMessage
  | ImbalanceMessage;

export type ControlMessage =
  | { readonly kind: 'SUCCESS'; readonly text: string }
  | { readonly kind: 'ERROR'; readonly code: number; readonly text: string }
  | { readonly kind: 'SUBSCRIPTION'; readonly subscription: Subscription };

export type Message = DataMessage | ControlMessage | RefusedMessage;
