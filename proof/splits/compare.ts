import { calendarById } from '../../backend/calendar/index.ts';
import { FeatureEngine } from '../../backend/features/feature-engine.ts';
import { type Bar, type SourceBar, toNumeric, UNSCALED } from '../../backend/market-data/bar.ts';
import type { CorporateAction } from '../../backend/market-data/corporate-actions/action.ts';
import { quotientText } from '../../backend/market-data/decimal.ts';
import type { Instrument } from '../../backend/market-data/instrument.ts';
import { replaySource } from '../../backend/market-data/replay/replay.ts';
import { expiryOf } from '../../backend/outcomes/entry-window.ts';
import { labelSpecFor } from '../../backend/outcomes/label-spec.ts';
import { makePlan, SIDES, type Side } from '../../backend/outcomes/plan.ts';
import { type OpenSignal, Settlement, type StateChange } from '../../backend/outcomes/settlement.ts';

/** What a split did to an instrument's numbers from the bar before it to its first one. */
export type SplitReport = {
  readonly instrumentId: string;
  readonly exDate: string;
  readonly ratio: string;
  /** Close to close, as fractions. */
  readonly rawReturn: number;
  readonly adjustedReturn: number;
  /** ATR after / ATR before, with the action and without it; null while the features warm up. */
  readonly atr: number | null;
  readonly rawAtr: number | null;
  /** Signals that were open over it, and how many of them ended otherwise, or with another R, than in a world without it. */
  readonly signals: number;
  readonly changed: number;
};

export type Comparison = {
  readonly splits: readonly SplitReport[];
  readonly bars: number;
  /** Bars whose raw numbers the actions have changed: there may be none. */
  readonly rewritten: number;
};

/** How many sessions before a split signals are opened, for each side one a session. */
const SESSIONS_BEFORE = 5;
/** A signal of ten sessions, and what it waits. */
const SESSIONS_AFTER = 15;

/** Reads a file of daily bars with and without its corporate actions and compares what features and settlement make of both. */
export async function compare(
  file: string,
  instruments: readonly Instrument[],
  actions: readonly CorporateAction[],
): Promise<Comparison> {
  const [raw, scaled] = [await read(file, instruments, []), await read(file, instruments, actions)];
  const rewritten = raw.filter((bar, index) => textOf(bar) !== textOf(scaled[index])).length;
  const byId = new Map(instruments.map((instrument) => [instrument.id, instrument]));
  const splits = actions.flatMap((action) => {
    const instrument = byId.get(action.instrumentId);
    const own = (bars: readonly Bar[]) => bars.filter(({ instrumentId }) => instrumentId === action.instrumentId);
    return instrument === undefined || action.kind !== 'SPLIT' ? [] : report(instrument, action, own(raw), own(scaled));
  });
  return { splits, bars: scaled.length, rewritten };
}

async function read(
  file: string,
  instruments: readonly Instrument[],
  actions: readonly CorporateAction[],
): Promise<Bar[]> {
  const source = replaySource({ file, timeframe: '1d', speed: 'max', instruments, actions });
  const bars: Bar[] = [];
  for await (const batch of source.batches({ signal: new AbortController().signal }))
    bars.push(...batch.bars.map((bar, index) => stored(bar, index)));
  return bars;
}

function stored(bar: SourceBar, ingestSeq: number): Bar {
  return { priceScale: UNSCALED, haltedMs: 0, ...bar, revision: 0, ingestSeq, sourceId: 'proof' };
}

function textOf(bar: Bar | undefined): string {
  return bar === undefined
    ? ''
    : [bar.instrumentId, bar.barStart, bar.open, bar.high, bar.low, bar.close, bar.volume].join();
}

function report(
  instrument: Instrument,
  action: CorporateAction,
  raw: readonly Bar[],
  scaled: readonly Bar[],
): SplitReport[] {
  const calendar = calendarById(instrument.calendar);
  const first = scaled.findIndex(({ barStart }) => calendar.localDate(barStart) >= action.exDate);
  if (first < 1) return [];
  const closes = (bars: readonly Bar[]) => bars.slice(first - 1, first + 1).map((bar) => toNumeric(bar).close);
  const atrs = [atrsOf(instrument, scaled), atrsOf(instrument, raw)].map((all) => ratioOf(all[first - 1], all[first]));
  const outcomes = signalsOver(instrument, scaled, first).map(([open, bars]) => {
    return [
      settle(open, bars),
      settle(
        open,
        bars.map((bar) => inBasis(bar, open.priceScale)),
      ),
    ] as const;
  });
  return [
    {
      instrumentId: instrument.id,
      exDate: action.exDate,
      ratio: action.ratio ?? '',
      rawReturn: (ratioOf(...pair(closes(raw))) ?? Number.NaN) - 1,
      adjustedReturn: (ratioOf(...pair(closes(scaled))) ?? Number.NaN) - 1,
      atr: atrs[0] ?? null,
      rawAtr: atrs[1] ?? null,
      signals: outcomes.length,
      changed: outcomes.filter(([split, whole]) => JSON.stringify(split) !== JSON.stringify(whole)).length,
    },
  ];
}

function pair([before, after]: readonly number[]): [number | undefined, number | undefined] {
  return [before, after];
}

function ratioOf(before: number | null | undefined, after: number | null | undefined): number | null {
  return before == null || after == null ? null : after / before;
}

function atrsOf(instrument: Instrument, bars: readonly Bar[]): (number | null)[] {
  const calendar = calendarById(instrument.calendar);
  const engine = new FeatureEngine({ timeframe: '1d' });
  return bars.map((bar) => engine.update(instrument.id, toNumeric(bar), calendar)?.atr ?? null);
}

/** Signals of the sessions before a split, each with the bars after it. */
function signalsOver(instrument: Instrument, bars: readonly Bar[], first: number): [OpenSignal, Bar[]][] {
  const atrs = atrsOf(instrument, bars);
  return bars.slice(Math.max(0, first - SESSIONS_BEFORE), first).flatMap((bar) =>
    SIDES.flatMap((side): [OpenSignal, Bar[]][] => {
      const index = bars.indexOf(bar);
      const open = signalOn(instrument, bar, atrs[index] ?? null, side);
      return open === null ? [] : [[open, bars.slice(index + 1, first + SESSIONS_AFTER)]];
    }),
  );
}

function signalOn(instrument: Instrument, bar: Bar, atr: number | null, side: Side): OpenSignal | null {
  const { id: instrumentId, tick } = instrument;
  const calendar = calendarById(instrument.calendar);
  const spec = labelSpecFor('1d', calendar.id);
  const { close, priceScale } = toNumeric(bar);
  const plan = atr === null ? null : makePlan({ side, close, atr, priceScale, tick, spec });
  if (plan === null) return null;
  const publishedAt = bar.knownTime + spec.publishLatencyMs;
  const decisionBarStart = bar.barStart;
  const expiresAt = expiryOf({ publishedAt, decisionBarStart, calendar, spec });
  const times = { publishedAt, expiresAt, decisionBarStart, dataFrom: decisionBarStart };
  return {
    id: `${instrumentId} ${side}`,
    instrumentId,
    calendar,
    tick,
    timeframe: '1d',
    plan,
    priceScale: bar.priceScale,
    ...times,
  };
}

/** What a bar would have been had the splits since `scale` never been made. */
function inBasis(bar: Bar, scale: string): Bar {
  const price = (raw: string): string => quotientText([raw, bar.priceScale], [scale]);
  const { open, high, low, close, volume } = bar;
  const prices = { open: price(open), high: price(high), low: price(low), close: price(close) };
  return { ...bar, ...prices, volume: quotientText([volume, scale], [bar.priceScale]), priceScale: scale };
}

/** How a signal ended, without what names the split. */
function settle(open: OpenSignal, bars: readonly Bar[]): unknown[] {
  const settlement = new Settlement();
  settlement.open(open);
  return bars
    .flatMap((bar) => settlement.onBar(bar))
    .map(({ type, occurredAt, fill, outcome }: StateChange) => {
      const { dataHash: _hash, splitFactor: _factor, ...rest } = outcome ?? { dataHash: '' };
      return { type, occurredAt, price: fill?.price, ...rest };
    });
}
