import type { Instrument } from '../instrument.ts';
import type { CorporateAction } from './action.ts';

/** Under which name an instrument traded, in [from, until): dates YYYY-MM-DD of its market. */
export type DatedTicker = {
  readonly instrumentId: string;
  readonly symbol: string;
  readonly mic: string;
  /** Null: as far back as anybody knows. */
  readonly from: string | null;
  /** Null: no end is known. */
  readonly until: string | null;
};

/**
 * The tickers that an instrument had one after the other. The one that it is described by is the first: what it was called before is not
 * known, later ones come by changes.
 */
export function datedTickers(instrument: Instrument, actions: readonly CorporateAction[]): DatedTicker[] {
  const own = actions
    .filter(({ instrumentId }) => instrumentId === instrument.id)
    .toSorted((a, b) => (a.exDate < b.exDate ? -1 : Number(a.exDate > b.exDate)));
  const listed = own.find(({ kind }) => kind === 'LISTING')?.exDate ?? null;
  const delisted = own.findLast(({ kind }) => kind === 'DELISTING')?.exDate ?? null;
  const changes = own.flatMap(({ newSymbol, exDate }) => (newSymbol === null ? [] : [{ symbol: newSymbol, exDate }]));
  const names = [{ symbol: instrument.symbol, exDate: listed }, ...changes];
  const { id: instrumentId, mic } = instrument;
  return names
    .map(({ symbol, exDate }, index) => {
      return { instrumentId, symbol, mic, from: exDate, until: names[index + 1]?.exDate ?? delisted };
    })
    .filter(({ from, until }) => from === null || until === null || from < until);
}

/** The one that held on a date; before the first and after the last of them the nearest. */
export function tickerOn(tickers: readonly DatedTicker[], date: string): string | undefined {
  return (tickers.findLast(({ from }) => from === null || from <= date) ?? tickers[0])?.symbol;
}

/** A sentence for each ticker that two instruments would have at the same time. */
export function clashes(tickers: readonly DatedTicker[]): string[] {
  const bySymbol = Map.groupBy(tickers, ({ symbol }) => symbol);
  return [...bySymbol.values()].flatMap((same) =>
    same.flatMap((a, index) =>
      same
        .slice(index + 1)
        .filter((b) => a.instrumentId !== b.instrumentId && overlap(a, b))
        .map((b) => {
          const since = [a.from ?? '', b.from ?? ''].sort()[1];
          const from = since === '' ? '' : ` from ${since} on`;
          return `ticker ${a.symbol} would be of ${a.instrumentId} and of ${b.instrumentId}${from}, expected one instrument at a time`;
        }),
    ),
  );
}

function overlap(a: DatedTicker, b: DatedTicker): boolean {
  const begins = (one: DatedTicker, other: DatedTicker): boolean =>
    one.from === null || other.until === null || one.from < other.until;
  return begins(a, b) && begins(b, a);
}

/** Whose bars a file's symbol means, by the date. */
export class TickerBook {
  readonly #bySymbol: ReadonlyMap<string, readonly { readonly ticker: DatedTicker; readonly instrument: Instrument }[]>;

  constructor(instruments: readonly Instrument[], actions: readonly CorporateAction[]) {
    const dated = instruments.flatMap((instrument) =>
      datedTickers(instrument, actions).map((ticker) => ({ ticker, instrument })),
    );
    this.#bySymbol = Map.groupBy(dated, ({ ticker }) => ticker.symbol);
  }

  /** When a symbol was whose; empty for one that nobody ever bore. */
  bearers(symbol: string): readonly DatedTicker[] {
    return (this.#bySymbol.get(symbol) ?? []).map(({ ticker }) => ticker);
  }

  /** The only one that ever bore it, whenever; undefined when that depends on the date. */
  always(symbol: string): Instrument | undefined {
    const [first, ...others] = this.#bySymbol.get(symbol) ?? [];
    const unbounded = first?.ticker.from === null && first.ticker.until === null;
    return unbounded && others.length === 0 ? first.instrument : undefined;
  }

  /** The one that bears it on a date of its own market. */
  on(symbol: string, dateIn: (instrument: Instrument) => string): Instrument | undefined {
    return this.#bySymbol.get(symbol)?.find(({ ticker: { from, until }, instrument }) => {
      const date = dateIn(instrument);
      return (from === null || from <= date) && (until === null || date < until);
    })?.instrument;
  }
}
