import { calendarById } from '../../../backend/calendar/index.ts';
import { activeFault } from '../../recorded/faults.ts';
import { joined, type RecordedBar, type Recording } from '../../recorded/recording.ts';
import type { Fault } from './faults.ts';
import { bar, type Frame, status } from './frames.ts';

const MINUTE = 60_000;
/** A bar is told so long after its end, as a feed needs to put it together. */
const DELAY = 200;
const HALF_MINUTE = 30_000;

/** What is sent at one moment, to whom it is subscribed. */
export type Emission = {
  readonly at: number;
  readonly channel: 'bars' | 'updatedBars' | 'dailyBars' | 'statuses';
  readonly symbol: string;
  readonly frame: Frame;
};

/** A version of a bar, and from when on it is what one knows of its minute. */
type Known = { readonly from: number; readonly bar: RecordedBar };

/** Bars of these symbols that start from `start` to `end` (ms), both included. */
type Wanted = { readonly symbols?: readonly string[]; readonly start?: number; readonly end?: number };

/** All that the server will say of a recording, the true and the wrong; what is known by REST at each moment. */
export class Timeline {
  readonly emissions: readonly Emission[];
  /** By symbol, each in the order of time; the versions of a minute in the order in which they became known. */
  readonly #known: ReadonlyMap<string, readonly Known[]>;

  constructor(recording: Recording, faults: readonly Fault[]) {
    const told = recording.bars.filter((own) => haltOf(faults, own) === undefined);
    const emissions: Emission[] = [...dailyBars(told), ...statuses(recording, faults)];
    const known: Known[] = [];
    for (const own of told) {
      emissions.push(...minute(own, faultsOf(faults, own)));
      known.push(...versions(own, faultsOf(faults, own)));
    }
    this.emissions = emissions.toSorted((a, b) => a.at - b.at);
    this.#known = Map.groupBy(
      known.toSorted((a, b) => a.bar.start - b.bar.start || a.from - b.from),
      ({ bar: own }) => own.symbol,
    );
  }

  /** The bars that REST shows at a moment, by symbol and then by time. */
  barsAt(
    now: number,
    { symbols = [...this.#known.keys()], start = -Infinity, end = Infinity }: Wanted = {},
  ): RecordedBar[] {
    return symbols.toSorted(compare).flatMap((symbol) => {
      const known = this.#known.get(symbol) ?? [];
      const newest = new Map<number, RecordedBar>();
      for (let index = firstFrom(known, start); index < known.length; index += 1) {
        const { from, bar: own } = known[index] as Known;
        if (own.start > end) break;
        if (from <= now) newest.set(own.start, own);
      }
      return [...newest.values()];
    });
  }
}

/** Index of the first bar that starts at or after an instant. */
function firstFrom(known: readonly Known[], start: number): number {
  let [low, high] = [0, known.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((known[middle] as Known).bar.start < start) low = middle + 1;
    else high = middle;
  }
  return low;
}

function minute(own: RecordedBar, kinds: ReadonlySet<Fault['kind']>): Emission[] {
  const at = knownAt(own);
  const emission = { at, channel: 'bars', symbol: own.symbol, frame: bar('b', own) } as const;
  if (kinds.has('drop')) return [];
  if (kinds.has('repeat')) return [emission, { ...emission, at: at + 1_000 }];
  if (kinds.has('swap')) return [{ ...emission, at: at + MINUTE + 1_000 }];
  if (!kinds.has('correct')) return [emission];
  const corrected = { at: at + HALF_MINUTE, channel: 'updatedBars', symbol: own.symbol, frame: bar('u', own) } as const;
  return [{ ...emission, frame: bar('b', wrong(own)) }, corrected];
}

function versions(own: RecordedBar, kinds: ReadonlySet<Fault['kind']>): Known[] {
  const from = knownAt(own);
  if (!kinds.has('correct')) return [{ from, bar: own }];
  return [
    { from, bar: wrong(own) },
    { from: from + HALF_MINUTE, bar: own },
  ];
}

/** Without its last trades: what a late trade would change. */
function wrong(own: RecordedBar): RecordedBar {
  return { ...own, close: own.open, volume: String(Math.floor(Number(own.volume) / 2)) };
}

function knownAt({ start }: RecordedBar): number {
  return start + MINUTE + DELAY;
}

/** Page: real-time-stock-pricing-data#daily-bars-dailybars: right after each minute after the open, all of the day until then. */
function dailyBars(bars: readonly RecordedBar[]): Emission[] {
  const calendar = calendarById('XNYS');
  const days = new Map<string, RecordedBar>();
  const emissions: Emission[] = [];
  for (const own of bars) {
    const session = own.start < calendar.validFrom ? null : calendar.sessionAt(own.start);
    if (session === null) continue;
    const key = `${own.symbol} ${session.sessionDate}`;
    const day = joined(days.get(key) ?? { ...own, start: midnight(session.sessionDate), volume: '0' }, own);
    days.set(key, day);
    emissions.push({ at: knownAt(own), channel: 'dailyBars', symbol: own.symbol, frame: bar('d', day) });
  }
  return emissions;
}

/** The beginning of a day in New York, ms. */
export function midnight(date: string): number {
  const utc = Date.parse(`${date}T00:00:00Z`);
  const summer = calendarById('XNYS').localDate(utc + 5 * 3_600_000 - 1) === date;
  return utc + (summer ? 4 : 5) * 3_600_000;
}

function statuses(recording: Recording, faults: readonly Fault[]): Emission[] {
  return faults
    .filter((fault) => fault.kind === 'halt')
    .flatMap(({ symbol, from, until }) =>
      (symbol === '*' ? recording.symbols : [symbol]).flatMap((own): Emission[] => [
        { at: from, channel: 'statuses', symbol: own, frame: status(own, true, from) },
        { at: until, channel: 'statuses', symbol: own, frame: status(own, false, until) },
      ]),
    );
}

/** A minute of which any part is halted, or without bars, has no bar here. */
function haltOf(faults: readonly Fault[], { symbol, start }: RecordedBar): Fault | undefined {
  const halts = faults.filter((fault) => fault.kind === 'halt' && (fault.symbol === symbol || fault.symbol === '*'));
  const end = start + MINUTE - 1;
  return (
    activeFault(halts, 'halt', start) ??
    activeFault(halts, 'halt', end) ??
    activeFault(faults, 'dry', start) ??
    activeFault(faults, 'dry', end)
  );
}

function faultsOf(faults: readonly Fault[], { symbol, start }: RecordedBar): ReadonlySet<Fault['kind']> {
  const own = faults.filter((fault) => 'symbol' in fault && fault.symbol === symbol && fault.from === start);
  return new Set(own.map(({ kind }) => kind));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
