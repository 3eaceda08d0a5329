import { parseFaultList, type Span } from '../../recorded/faults.ts';
import type { Recording } from '../../recorded/recording.ts';
import { scatterFaults, type VenueFault, venueFaultOf } from '../../recorded/venue-faults.ts';

/** What goes wrong, and when by the recorded time. */
export type Fault =
  | VenueFault
  /** Trading of a symbol (* for all) stops: no bars, and a status at both ends. The market does this, so it is part of the truth. */
  | ({ readonly kind: 'halt'; readonly symbol: string } & Span)
  /** No bar is made: nothing is sent, and REST has none. */
  | ({ readonly kind: 'dry' } & Span)
  /** The bar that begins at `from` is sent twice. */
  | ({ readonly kind: 'repeat'; readonly symbol: string } & Span)
  /** It is not sent by stream; REST has it. */
  | ({ readonly kind: 'drop'; readonly symbol: string } & Span)
  /** It is sent after its successor. */
  | ({ readonly kind: 'swap'; readonly symbol: string } & Span)
  /** It is sent with a wrong close and volume, and half a minute later rightly, as an updated bar. */
  | ({ readonly kind: 'correct'; readonly symbol: string } & Span)
  /** Bodies come a byte at a time. */
  | ({ readonly kind: 'slow' } & Span);

const ON_A_SYMBOL = ['halt', 'repeat', 'drop', 'swap', 'correct'] as const;
const PLAIN = ['dry', 'slow'] as const;

/** Faults as one types them: `mute@2013-10-04T14:30:00Z+300,drop:SPY@2013-10-04T15:00:00Z,http:500@2013-10-04T15:10:00Z+60`. */
export function parseFaults(text: string): Fault[] {
  return parseFaultList(text, faultOf);
}

function faultOf(kind: string, argument: string, span: Span): Fault | undefined {
  const onSymbol = ON_A_SYMBOL.find((name) => name === kind);
  if (onSymbol !== undefined && argument !== '') return { kind: onSymbol, symbol: argument, ...span };
  const plain = PLAIN.find((name) => name === kind);
  return plain !== undefined && argument === '' ? { kind: plain, ...span } : venueFaultOf(kind, argument, span);
}

/**
 * Faults that leave the truth as it is, spread over the recording from an instant on: equal seeds give equal faults. About one minute in
 * twenty is told wrongly, and there are a few flaps and mute stretches of up to ten minutes.
 */
export function randomFaults(seed: number, recording: Recording, from: number): Fault[] {
  const { onSymbols, lasting } = scatterFaults(recording, {
    ...{ seed: `alpaca faults ${seed}`, from, oneIn: 20 },
    ones: ['repeat', 'drop', 'swap', 'correct'],
    spans: ['flap', 'mute', 'flap', 'mute'],
  });
  return [...onSymbols, ...lasting];
}
