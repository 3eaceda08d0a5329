import type * as TradingSignals from 'trading-signals';
import type { Contender } from './contender.ts';
import { fill, type Market, MINUTES, newHand, placeOf, SYMBOLS } from './market.ts';

/** As its documentation shows it: an object an indicator, `add` for each bar. */
export class Peer implements Contender {
  readonly #library: typeof TradingSignals;
  #symbols: Symbol[] = [];

  constructor(library: typeof TradingSignals) {
    this.#library = library;
  }

  begin(): void {
    this.#symbols = Array.from({ length: SYMBOLS }, () => indicatorsOf(this.#library));
  }

  run({ columns }: Market, fromMinute: number, untilMinute: number): number {
    let sum = 0;
    for (let minute = fromMinute; minute < untilMinute; minute++) sum += this.#minute(columns, minute);
    return sum;
  }

  values(symbol: number): number[] {
    const { sma, fast, slow, macd, rsi, atr, bollinger, vwap } = this.#symbols[symbol] as Symbol;
    const { macd: line, signal, histogram } = macd.getResultOrThrow();
    const { upper, middle, lower } = bollinger.getResultOrThrow();
    const averages = [sma.getResultOrThrow(), fast.getResultOrThrow(), slow.getResultOrThrow()];
    const oscillators = [line, signal, histogram, rsi.getResultOrThrow(), atr.getResultOrThrow()];
    return [...averages, ...oscillators, upper, middle, lower, vwap.getResultOrThrow()];
  }

  #minute(columns: Float64Array, minute: number): number {
    let sum = 0;
    for (let symbol = 0; symbol < SYMBOLS; symbol++) {
      const indicators = this.#symbols[symbol] as Symbol;
      // Its ATR keeps the bar until the next one, so each is an object of its own.
      const hand = newHand();
      fill(hand, columns, placeOf(minute, symbol));
      // It has no sessions: a VWAP of the day is a new one every morning.
      if (minute % MINUTES === 0) indicators.vwap = new this.#library.VWAP();
      indicators.sma.add(hand.close);
      indicators.fast.add(hand.close);
      indicators.slow.add(hand.close);
      indicators.macd.add(hand.close);
      sum += indicators.rsi.add(hand.close) ?? 0;
      indicators.atr.add(hand);
      indicators.bollinger.add(hand.close);
      indicators.vwap.add(hand);
    }
    return sum;
  }
}

type Symbol = ReturnType<typeof indicatorsOf>;

function indicatorsOf({ ATR, BollingerBands, EMA, MACD, RSI, SMA, VWAP }: typeof TradingSignals) {
  return {
    sma: new SMA(20),
    fast: new EMA(12),
    slow: new EMA(26),
    macd: new MACD(new EMA(12), new EMA(26), new EMA(9)),
    rsi: new RSI(14),
    atr: new ATR(14),
    bollinger: new BollingerBands(20, 2),
    vwap: new VWAP(),
  };
}
