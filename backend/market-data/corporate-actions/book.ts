import { calendarById, type TradingCalendar } from '../../calendar/index.ts';
import { type Decimal, type SourceBar, UNSCALED } from '../bar.ts';
import { quotientText } from '../decimal.ts';
import type { Instrument } from '../instrument.ts';
import type { CorporateAction } from './action.ts';

type Entry = {
  readonly calendar: TradingCalendar;
  readonly known: Set<string>;
  /** By ex-date, those of one date in the order in which they were known. */
  splits: readonly CorporateAction[];
  delisting: CorporateAction | null;
  /** Of the splits that are in force, by their places. */
  readonly scales: Map<string, Decimal>;
};

/** The corporate actions of a feed's instruments as far as they are known, and what they make of a bar. */
export class ActionBook {
  readonly #calendars: ReadonlyMap<string, string>;
  readonly #entries = new Map<string, Entry>();

  constructor(instruments: readonly Instrument[], actions: readonly CorporateAction[] = []) {
    this.#calendars = new Map(instruments.map(({ id, calendar }) => [id, calendar]));
    this.learn(actions);
  }

  /** Takes in what it does not hold already, and answers that. Actions of other instruments are passed over. */
  learn(actions: readonly CorporateAction[]): CorporateAction[] {
    return actions.filter((action) => {
      const entry = this.#entryOf(action.instrumentId);
      if (entry === null || entry.known.has(keyOf(action))) return false;
      entry.known.add(keyOf(action));
      if (action.kind === 'SPLIT') entry.splits = [...entry.splits, action].sort(byDate);
      if (action.kind === 'DELISTING') entry.delisting = action;
      entry.scales.clear();
      return true;
    });
  }

  /**
   * Scale of a bar that is known at `knownTime`: of the splits that were known then, those from whose ex-dates on it was traded. Where two
   * tell of one date, the one that was known later corrects the other.
   */
  scaleOf(bar: Pick<SourceBar, 'instrumentId' | 'barStart'>, knownTime: number): Decimal {
    const entry = this.#entries.get(bar.instrumentId);
    if (entry === undefined || entry.splits.length === 0) return UNSCALED;
    const date = dateOf(entry.calendar, bar.barStart);
    const inForce = entry.splits.filter((split) => split.exDate <= date && split.knownTime <= knownTime);
    const counted = inForce.filter((split, index) => split.exDate !== inForce[index + 1]?.exDate);
    const key = counted.map(keyOf).join();
    const scale = entry.scales.get(key) ?? productOf(counted);
    entry.scales.set(key, scale);
    return scale;
  }

  /** Why there can be no such bar; null when there can. */
  objection({ instrumentId, barStart }: Pick<SourceBar, 'instrumentId' | 'barStart'>): string | null {
    const entry = this.#entries.get(instrumentId);
    if (entry === undefined || entry.delisting === null) return null;
    const { exDate } = entry.delisting;
    return dateOf(entry.calendar, barStart) < exDate
      ? null
      : `${instrumentId} was delisted on ${exDate}, expected no bar from then on`;
  }

  #entryOf(instrumentId: string): Entry | null {
    const held = this.#entries.get(instrumentId);
    const calendar = this.#calendars.get(instrumentId);
    if (held !== undefined || calendar === undefined) return held ?? null;
    const entry = {
      calendar: calendarById(calendar),
      known: new Set<string>(),
      splits: [],
      delisting: null,
      scales: new Map(),
    };
    this.#entries.set(instrumentId, entry);
    return entry;
  }
}

/** The date to which trading at an instant belongs. */
function dateOf(calendar: TradingCalendar, instant: number): string {
  return calendar.sessionDateOf(instant) ?? calendar.localDate(instant);
}

function productOf(splits: readonly CorporateAction[]): Decimal {
  const sides = splits.map(({ ratio }) => (ratio ?? '1:1').split(':'));
  return quotientText(
    sides.map(([units]) => units ?? '1'),
    sides.map(([, old]) => old ?? '1'),
  );
}

function byDate(a: CorporateAction, b: CorporateAction): number {
  return a.exDate === b.exDate ? a.knownTime - b.knownTime : a.exDate < b.exDate ? -1 : 1;
}

/** What makes two the same action, whenever they were told. */
function keyOf({ kind, exDate, ratio, amount, newSymbol }: CorporateAction): string {
  return [kind, exDate, ratio, amount, newSymbol].join(' ');
}
