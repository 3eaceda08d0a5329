import { randomOf } from '../../../backend/platform/random.ts';
import { parseFaultList, type Span } from '../../recorded/faults.ts';
import type { Recording } from '../../recorded/recording.ts';

/** What goes wrong, and when by the recorded time. */
export type Fault =
  /** Trading of a symbol (* for all) stops: no bars, and a status at both ends. The market does this, so it is part of the truth. */
  | ({ readonly kind: 'halt'; readonly symbol: string } & Span)
  /** No bar is made: nothing is sent, and REST has none. */
  | ({ readonly kind: 'dry' } & Span)
  /** Each connection is closed a second after it was opened. */
  | ({ readonly kind: 'flap' } & Span)
  /** Connections stay open, pings are answered, and nothing is sent. */
  | ({ readonly kind: 'mute' } & Span)
  /** Nobody answers pings. */
  | ({ readonly kind: 'deaf' } & Span)
  /** The bar that begins at `from` is sent twice. */
  | ({ readonly kind: 'repeat'; readonly symbol: string } & Span)
  /** It is not sent by stream; REST has it. */
  | ({ readonly kind: 'drop'; readonly symbol: string } & Span)
  /** It is sent after its successor. */
  | ({ readonly kind: 'swap'; readonly symbol: string } & Span)
  /** It is sent with a wrong close and volume, and half a minute later rightly, as an updated bar. */
  | ({ readonly kind: 'correct'; readonly symbol: string } & Span)
  /** Frames that are no JSON or msgpack, messages without fields and of an unknown type. */
  | ({ readonly kind: 'malformed' } & Span)
  /** A frame of 10 MB. */
  | ({ readonly kind: 'huge' } & Span)
  /** Requests are answered with a status, 429 or 5xx, so many times or for the whole span; `retryAfter` is in seconds. */
  | ({ readonly kind: 'http'; readonly status: number; readonly times?: number; readonly retryAfter?: number } & Span)
  /** Bodies come a byte at a time. */
  | ({ readonly kind: 'slow' } & Span)
  /** Bodies are cut off in their middle. */
  | ({ readonly kind: 'garbled' } & Span)
  /** /v2/clock is wrong by so many seconds. */
  | ({ readonly kind: 'clock'; readonly seconds: number } & Span);

const ON_A_SYMBOL = ['halt', 'repeat', 'drop', 'swap', 'correct'] as const;
const PLAIN = ['dry', 'flap', 'mute', 'deaf', 'malformed', 'huge', 'slow', 'garbled'] as const;

/** Faults as one types them: `mute@2013-10-04T14:30:00Z+300,drop:SPY@2013-10-04T15:00:00Z,http:500@2013-10-04T15:10:00Z+60`. */
export function parseFaults(text: string): Fault[] {
  return parseFaultList(text, faultOf);
}

function faultOf(kind: string, argument: string, span: Span): Fault | undefined {
  const number = /^-?\d{1,7}$/.test(argument) ? Number(argument) : undefined;
  if (kind === 'http' && number !== undefined) return { kind, status: number, ...span };
  if (kind === 'clock' && number !== undefined) return { kind, seconds: number, ...span };
  const onSymbol = ON_A_SYMBOL.find((name) => name === kind);
  if (onSymbol !== undefined && argument !== '') return { kind: onSymbol, symbol: argument, ...span };
  const plain = PLAIN.find((name) => name === kind);
  return plain !== undefined && argument === '' ? { kind: plain, ...span } : undefined;
}

/**
 * Faults that leave the truth as it is, spread over the recording from an instant on: equal seeds give equal faults. About one minute in
 * twenty is told wrongly, and there are a few flaps and mute stretches of up to ten minutes.
 */
export function randomFaults(seed: number, recording: Recording, from: number): Fault[] {
  const random = randomOf(`alpaca faults ${seed}`);
  const told = recording.bars.filter(({ start }) => start >= from);
  const kinds = ['repeat', 'drop', 'swap', 'correct'] as const;
  const faults: Fault[] = [];
  for (const { symbol, start } of told) {
    const kind = kinds[random.integer(0, kinds.length * 20)];
    if (kind !== undefined) faults.push({ kind, symbol, from: start, until: start + 60_000 });
  }
  for (const kind of ['flap', 'mute', 'flap', 'mute'] as const) {
    const begin = told[random.integer(0, Math.max(1, told.length))]?.start ?? from;
    faults.push({ kind, from: begin, until: begin + random.integer(30, 600) * 1000 });
  }
  return faults;
}
