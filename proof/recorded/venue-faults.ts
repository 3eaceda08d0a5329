import { randomOf } from '../../backend/platform/random.ts';
import { activeFault, type Span } from './faults.ts';
import type { Recording } from './recording.ts';

/** What goes wrong at any venue, and when by the recorded time. None changes the truth. */
export type VenueFault =
  /** Each connection is closed a second after it was opened. */
  | ({ readonly kind: 'flap' } & Span)
  /** Connections stay open, pings are answered, and nothing is sent. */
  | ({ readonly kind: 'mute' } & Span)
  /** Nobody answers pings. */
  | ({ readonly kind: 'deaf' } & Span)
  /** Frames that cannot be read, messages without fields and of an unknown type. */
  | ({ readonly kind: 'malformed' } & Span)
  /** A frame of 10 MB. */
  | ({ readonly kind: 'huge' } & Span)
  /** Bodies are cut off in their middle. */
  | ({ readonly kind: 'garbled' } & Span)
  | HttpFault
  /** The venue's clock is wrong by so many seconds. */
  | ({ readonly kind: 'clock'; readonly seconds: number } & Span);

/** Requests are answered with a status, 429 or 5xx, so many times or for the whole span; `retryAfter` is in seconds. */
type HttpFault = {
  readonly kind: 'http';
  readonly status: number;
  readonly times?: number;
  readonly retryAfter?: number;
} & Span;

const PLAIN = ['flap', 'mute', 'deaf', 'malformed', 'huge', 'garbled'] as const;

/** A fault as one types it: its kind, what stands after the colon ('' without one), and its span. Undefined where there is no such. */
export function venueFaultOf(kind: string, argument: string, span: Span): VenueFault | undefined {
  const number = /^-?\d{1,7}$/.test(argument) ? Number(argument) : undefined;
  if (kind === 'http' && number !== undefined) return { kind, status: number, ...span };
  if (kind === 'clock' && number !== undefined) return { kind, seconds: number, ...span };
  const plain = PLAIN.find((name) => name === kind);
  return plain !== undefined && argument === '' ? { kind: plain, ...span } : undefined;
}

type Scatter<One, Long> = {
  /** Equal seeds give equal faults. */
  readonly seed: string;
  readonly from: number;
  /** What may happen to a minute of a symbol, each to about one in so many. */
  readonly ones: readonly One[];
  readonly oneIn: number;
  /** What lasts, up to ten minutes each. */
  readonly spans: readonly Long[];
};

/** Faults that are spread over the recording from an instant on. */
export function scatterFaults<One extends string, Long extends string>(
  recording: Recording,
  { seed, from, ones, oneIn, spans }: Scatter<One, Long>,
) {
  const random = randomOf(seed);
  const told = recording.bars.filter(({ start }) => start >= from);
  const onSymbols: ({ readonly kind: One; readonly symbol: string } & Span)[] = [];
  for (const { symbol, start } of told) {
    const kind = ones[random.integer(0, ones.length * oneIn)];
    if (kind !== undefined) onSymbols.push({ kind, symbol, from: start, until: start + 60_000 });
  }
  const lasting = spans.map((kind) => {
    const begin = told[random.integer(0, Math.max(1, told.length))]?.start ?? from;
    return { kind, from: begin, until: begin + random.integer(30, 600) * 1000 };
  });
  return { onSymbols, lasting };
}

/** Which requests fail. */
export class HttpFaults {
  /** How often a fault with `times` has struck. */
  readonly #struck = new Map<HttpFault, number>();

  /** What strikes a request now. */
  strike(faults: readonly ({ readonly kind: string } & Span)[], now: number): HttpFault | undefined {
    const left = faults
      .filter(isHttp)
      .filter((fault) => (this.#struck.get(fault) ?? 0) < (fault.times ?? Number.POSITIVE_INFINITY));
    const fault = activeFault(left, 'http', now);
    if (fault !== undefined) this.#struck.set(fault, (this.#struck.get(fault) ?? 0) + 1);
    return fault;
  }
}

const isHttp = (fault: { readonly kind: string }): fault is HttpFault => fault.kind === 'http';
