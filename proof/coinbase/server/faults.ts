import { parseFaultList, type Span } from '../../recorded/faults.ts';
import type { Recording } from '../../recorded/recording.ts';
import { scatterFaults, type VenueFault, venueFaultOf } from '../../recorded/venue-faults.ts';
import { productOf } from './trades.ts';

/** What goes wrong, and when by the recorded time. None changes the truth: REST has every trade. */
export type Fault =
  | VenueFault
  /** One trade of the minute that begins at `from` is not sent by stream. */
  | ({ readonly kind: 'drop'; readonly product: string } & Span)
  /** One trade of the minute is sent twice. */
  | ({ readonly kind: 'repeat'; readonly product: string } & Span)
  /** One trade of the minute is sent after its successor, which may be one of a later minute. */
  | ({ readonly kind: 'swap'; readonly product: string } & Span)
  /** Heartbeats say that the last trade had number 0, as Coinbase's have been seen to. */
  | ({ readonly kind: 'blind' } & Span);

const ON_A_PRODUCT = ['drop', 'repeat', 'swap'] as const;

/** Such as `mute@2018-04-05T14:30:00Z+300,drop:BTC-USD@2018-04-05T15:00:00Z,http:500@2018-04-05T15:10:00Z+60`. */
export function parseFaults(text: string): Fault[] {
  return parseFaultList(text, faultOf);
}

function faultOf(kind: string, argument: string, span: Span): Fault | undefined {
  const onProduct = ON_A_PRODUCT.find((name) => name === kind);
  if (onProduct !== undefined && argument !== '') return { kind: onProduct, product: argument, ...span };
  return kind === 'blind' && argument === '' ? { kind, ...span } : venueFaultOf(kind, argument, span);
}

/** About one minute in fifteen is told wrongly, and there are a few spans of everything else; equal seeds give equal faults. */
export function randomFaults(seed: number, recording: Recording, from: number): Fault[] {
  const { onSymbols, lasting } = scatterFaults(recording, {
    ...{ seed: `coinbase faults ${seed}`, from, oneIn: 15 },
    ones: ON_A_PRODUCT,
    spans: ['flap', 'mute', 'blind', 'malformed'],
  });
  return [...onSymbols.map(({ symbol, ...fault }) => ({ ...fault, product: productOf(symbol) })), ...lasting];
}
