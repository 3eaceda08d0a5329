import type { Session } from '../../calendar/index.ts';
import { randomOf } from '../../platform/random.ts';
import { type Decimal, type SourceBar, TIMEFRAMES } from '../bar.ts';
import { decimalOf, scaleOf } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import type { SourceBatch } from '../source.ts';
import { characterOf, inventSession, type Minute } from './session.ts';

/** An invented bar counts as known one second after its end, as late as a live feed may be. ms */
const FEED_DELAY = 1_000;
const MINUTE = TIMEFRAMES['1m'];

/**
 * A function that gives one session after the other, in their order, as batches with `knownTime` after `resumeAfter`. Each instrument
 * carries its closing price from session to session, and each of its sessions has a random stream of its own.
 */
export function inventedFeed(options: { readonly seed: number; readonly instruments: readonly Instrument[] }) {
  const { seed } = options;
  const prices = options.instruments.map((instrument) => {
    const character = characterOf(seed, instrument.id);
    return { instrument, character, close: character.anchorPrice };
  });

  return (session: Session, resumeAfter: number): SourceBatch[] => {
    const length = (session.close - session.open) / MINUTE;
    const firstMinute = Math.floor((resumeAfter - FEED_DELAY - session.open) / MINUTE);
    const batches = new Map<number, SourceBar[]>();
    for (const price of prices) {
      const { instrument, character } = price;
      const random = randomOf(`${seed}\n${instrument.id}\n${session.sessionDate}`);
      const { minutes, close } = inventSession(character, random, length, price.close);
      price.close = close;
      for (const minute of minutes) {
        if (minute.minute >= firstMinute) put(batches, barOf(minute, instrument, session));
      }
    }
    return inOrder(batches);
  };
}

function put(batches: Map<number, SourceBar[]>, bar: SourceBar): void {
  const bars = batches.get(bar.knownTime);
  if (bars === undefined) batches.set(bar.knownTime, [bar]);
  else bars.push(bar);
}

function inOrder(batches: ReadonlyMap<number, SourceBar[]>): SourceBatch[] {
  const times = [...batches.keys()].sort((a, b) => a - b);
  return times.map((knownTime) => ({ knownTime, bars: batches.get(knownTime) ?? [], quarantined: [] }));
}

function barOf(
  { minute, open, high, low, close, volume, haltedMinutes }: Minute,
  { id, tick }: Instrument,
  session: Session,
): SourceBar {
  const barStart = session.open + minute * MINUTE;
  const barEnd = barStart + MINUTE;
  const price = onGrid(tick);
  return {
    instrumentId: id,
    timeframe: '1m',
    barStart,
    barEnd,
    knownTime: barEnd + FEED_DELAY,
    segment: 'REGULAR',
    open: price(open),
    high: price(high),
    low: price(low),
    close: price(close),
    volume: decimalOf(volume, 0),
    ...(haltedMinutes === 0 ? {} : { haltedMs: haltedMinutes * MINUTE }),
  };
}

/** Rounds to the nearest whole tick, at least one. */
function onGrid(tick: Decimal): (price: number) => Decimal {
  const scale = scaleOf(tick);
  const tickUnits = Math.round(Number(tick) * 10 ** scale);
  const size = Number(tick);
  return (price) => decimalOf(Math.max(1, Math.round(price / size)) * tickUnits, scale);
}
