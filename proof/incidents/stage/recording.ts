import type { Session } from '../../../backend/calendar/index.ts';
import type { SourceBar } from '../../../backend/market-data/bar.ts';
import { defaultUniverse } from '../../../backend/market-data/instruments/us-equities.ts';
import { inventedFeed } from '../../../backend/market-data/simulated/feed.ts';
import { type RecordedBar, type Recording, recordingOf } from '../../recorded/recording.ts';
import type { Days } from './days.ts';

export const FOLLOWED: readonly string[] = ['AAPL', 'KO', 'SPY'];
const MINUTE = 60_000;
/** Trading before and after the session goes on for so long, in minutes. */
const EARLY = 120;
const LATE = 180;
const SEEDS = 100;

const instruments = defaultUniverse.filter(({ symbol }) => FOLLOWED.includes(symbol));
const symbols = new Map(instruments.map(({ id, symbol }) => [id, symbol]));

/**
 * Invented days of those instruments. Nobody halts one on the days that are played: one of three that stands still is told of, and rightly,
 * but it is none of the incidents. Throws an Error where none of a hundred seeds makes such days.
 */
export function recordingFor({ history, played }: Days): Recording {
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const feed = inventedFeed({ seed, instruments });
    const invented = [...history, ...played].map((session) => barsOf(feed, session));
    const onPlayed = invented.slice(history.length);
    if (onPlayed.flat().some(({ haltedMs }) => haltedMs !== undefined)) continue;
    return recordingOf([
      ...invented.flat().map(recorded),
      ...played.flatMap((session, index) => around(session, (onPlayed[index] ?? []).map(recorded))),
    ]);
  }
  throw new Error(`an instrument is halted on the days of each of ${SEEDS} seeds, expected one without`);
}

function barsOf(feed: ReturnType<typeof inventedFeed>, session: Session): SourceBar[] {
  return feed(session, Number.NEGATIVE_INFINITY).flatMap(({ bars }) => bars);
}

function recorded({ instrumentId, barStart: start, open, high, low, close, volume }: SourceBar): RecordedBar {
  return { symbol: symbols.get(instrumentId) ?? '', start, open, high, low, close, volume };
}

/** Before and after a session nothing happens to prices, but there are bars. */
function around({ open, close }: Session, bars: readonly RecordedBar[]): RecordedBar[] {
  const starts = [
    ...Array.from({ length: EARLY }, (_, minute) => open - (EARLY - minute) * MINUTE),
    ...Array.from({ length: LATE }, (_, minute) => close + minute * MINUTE),
  ];
  const newest = new Map(bars.map((bar) => [bar.symbol, bar]));
  return starts.flatMap((start) =>
    [...newest.values()].map((bar) => ({ ...bar, start, open: bar.close, high: bar.close, low: bar.close })),
  );
}
