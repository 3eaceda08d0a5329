import { randomOf } from '../../../backend/platform/random.ts';
import { parseFaultList, type Span } from '../../recorded/faults.ts';
import type { Recording } from '../../recorded/recording.ts';
import { productOf } from './trades.ts';

/** What goes wrong, and when by the recorded time. None changes the truth: REST has every trade. */
export type Fault =
  /** One trade of the minute that begins at `from` is not sent by stream. */
  | ({ readonly kind: 'drop'; readonly product: string } & Span)
  /** One trade of the minute is sent twice. */
  | ({ readonly kind: 'repeat'; readonly product: string } & Span)
  /** One trade of the minute is sent after its successor, which may be one of a later minute. */
  | ({ readonly kind: 'swap'; readonly product: string } & Span)
  /** Heartbeats say that the last trade had number 0, as Coinbase's have been seen to. */
  | ({ readonly kind: 'blind' } & Span)
  /** Each connection is closed a second after it was opened. */
  | ({ readonly kind: 'flap' } & Span)
  /** Connections stay open, pings are answered, and nothing is sent. */
  | ({ readonly kind: 'mute' } & Span)
  /** Nobody answers pings. */
  | ({ readonly kind: 'deaf' } & Span)
  /** Frames that are no JSON, messages without fields and of an unknown type. */
  | ({ readonly kind: 'malformed' } & Span)
  /** A frame of 10 MB. */
  | ({ readonly kind: 'huge' } & Span)
  /** Requests are answered with a status, 429 or 5xx, so many times or for the whole span; `retryAfter` is in seconds. */
  | ({ readonly kind: 'http'; readonly status: number; readonly times?: number; readonly retryAfter?: number } & Span)
  /** Bodies are cut off in their middle. */
  | ({ readonly kind: 'garbled' } & Span)
  /** /time is wrong by so many seconds. */
  | ({ readonly kind: 'clock'; readonly seconds: number } & Span);

const ON_A_PRODUCT = ['drop', 'repeat', 'swap'] as const;
const PLAIN = ['blind', 'flap', 'mute', 'deaf', 'malformed', 'huge', 'garbled'] as const;

/** Such as `mute@2018-04-05T14:30:00Z+300,drop:BTC-USD@2018-04-05T15:00:00Z,http:500@2018-04-05T15:10:00Z+60`. */
export function parseFaults(text: string): Fault[] {
  return parseFaultList(text, faultOf);
}

function faultOf(kind: string, argument: string, span: Span): Fault | undefined {
  const number = /^-?\d{1,7}$/.test(argument) ? Number(argument) : undefined;
  if (kind === 'http' && number !== undefined) return { kind, status: number, ...span };
  if (kind === 'clock' && number !== undefined) return { kind, seconds: number, ...span };
  const onProduct = ON_A_PRODUCT.find((name) => name === kind);
  if (onProduct !== undefined && argument !== '') return { kind: onProduct, product: argument, ...span };
  const plain = PLAIN.find((name) => name === kind);
  return plain !== undefined && argument === '' ? { kind: plain, ...span } : undefined;
}

/** About one minute in fifteen is told wrongly, and there are a few spans of everything else; equal seeds give equal faults. */
export function randomFaults(seed: number, recording: Recording, from: number): Fault[] {
  const random = randomOf(`coinbase faults ${seed}`);
  const told = recording.bars.filter(({ start }) => start >= from);
  const faults: Fault[] = [];
  for (const { symbol, start } of told) {
    const kind = ON_A_PRODUCT[random.integer(0, ON_A_PRODUCT.length * 15)];
    if (kind !== undefined) faults.push({ kind, product: productOf(symbol), from: start, until: start + 60_000 });
  }
  for (const kind of ['flap', 'mute', 'blind', 'malformed'] as const) {
    const begin = told[random.integer(0, Math.max(1, told.length))]?.start ?? from;
    faults.push({ kind, from: begin, until: begin + random.integer(30, 600) * 1000 });
  }
  return faults;
}
