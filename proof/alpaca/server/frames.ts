import { EXT_TIMESTAMP, ExtensionCodec, encode, encodeTimeSpecToTimestamp } from '@msgpack/msgpack';
import type { RecordedBar } from '../../recorded/recording.ts';

// Every message that the server sends, with the page that documents it.
const STREAM = 'https://docs.alpaca.markets/docs/streaming-market-data';
const STOCKS = 'https://docs.alpaca.markets/docs/real-time-stock-pricing-data';

/** Where each message is documented, by its T. */
export const PAGES = {
  success: `${STREAM}#connection`,
  error: `${STREAM}#errors`,
  subscription: `${STREAM}#subscription`,
  b: `${STOCKS}#minute-bars-bars`,
  d: `${STOCKS}#daily-bars-dailybars`,
  u: `${STOCKS}#updated-bars-updatedbars`,
  s: `${STOCKS}#trading-status`,
} as const;

export type Frame = { readonly T: keyof typeof PAGES } & Readonly<Record<string, unknown>>;

/** An instant: text in JSON, extension type -1 in msgpack, as alpaca-py reads it. */
class At {
  readonly ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  /** Without a fraction that is zero: 2021-02-22T19:15:00Z. */
  toJSON(): string {
    return new Date(this.ms).toISOString().replace(/\.?0*Z$/, 'Z');
  }
}

/** Page: streaming-market-data#connection, #authentication-response. */
export function success(msg: 'connected' | 'authenticated'): Frame {
  return { T: 'success', msg };
}

/** Page: streaming-market-data#errors. */
export const ERRORS = {
  400: 'invalid syntax',
  401: 'not authenticated',
  402: 'auth failed',
  403: 'already authenticated',
  404: 'auth timeout',
  405: 'symbol limit exceeded',
  406: 'connection limit exceeded',
  407: 'slow client',
  409: 'insufficient subscription',
  410: 'invalid subscribe action for this feed',
  500: 'internal error',
} as const;
export type ErrorCode = keyof typeof ERRORS;

export function error(code: ErrorCode): Frame {
  return { T: 'error', code, msg: ERRORS[code] };
}

/** Page: streaming-market-data#subscription, and real-time-stock-pricing-data#trade-corrections for the two that come with trades. */
export function subscription(channels: Readonly<Record<string, readonly string[]>>): Frame {
  return { T: 'subscription', ...channels };
}

/** Page: real-time-stock-pricing-data#bars. A recording tells neither number of trades nor vwap: one trade at the mean of high, low, close. */
export function bar(type: 'b' | 'u' | 'd', { symbol, start, ...told }: RecordedBar): Frame {
  return { T: type, S: symbol, ...barFields(told), t: new At(start) };
}

/** Page: https://docs.alpaca.markets/reference/stockbars, schema stock_bar: the same names. */
export function barFields({ open, high, low, close, volume }: Omit<RecordedBar, 'symbol' | 'start'>) {
  const [o = 0, h = 0, l = 0, c = 0, v = 0] = [open, high, low, close, volume].map(Number);
  return { o, h, l, c, v, n: v === 0 ? 0 : 1, vw: Number(((h + l + c) / 3).toFixed(6)) };
}

/** Page: real-time-stock-pricing-data#trading-status; codes of tape C: H and T, T1 "Halt News Pending", R4 for the resumption. */
export function status(symbol: string, halted: boolean, at: number): Frame {
  const told = halted
    ? { sc: 'H', sm: 'Trading Halt', rc: 'T1', rm: 'Halt News Pending' }
    : { sc: 'T', sm: 'Trading Resumption', rc: 'R4', rm: '' };
  return { T: 's', S: symbol, ...told, t: new At(at), z: 'C' };
}

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: EXT_TIMESTAMP,
  encode: (value) =>
    value instanceof At
      ? encodeTimeSpecToTimestamp({ sec: Math.floor(value.ms / 1000), nsec: (value.ms % 1000) * 1e6 })
      : null,
  decode: () => null,
});

/** Page: streaming-market-data#format: always a list. */
export function encodeFrames(frames: readonly Frame[], binary: boolean): string | Uint8Array {
  return binary ? encode(frames, { extensionCodec }) : JSON.stringify(frames);
}
