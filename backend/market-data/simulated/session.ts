import { type Random, randomOf } from '../../platform/random.ts';
import { MARKET, REGIMES, type Regime, volatilityAt, volumeAt } from './market.ts';

/** What one instrument is like. Volatilities are standard deviations of log returns. */
type Character = {
  readonly anchorPrice: number;
  readonly minuteVolatility: number;
  readonly sessionVolatility: number;
  /** Shares. */
  readonly minuteVolume: number;
};

/** One traded minute, counted from the open; prices are not yet on a grid. */
export type Minute = {
  readonly minute: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly volume: number;
  /** Of a halt, between the traded minute before and this one. */
  readonly haltedMinutes: number;
};

/** A session's traded minutes, and the price at which it ended. */
type InventedSession = { readonly minutes: readonly Minute[]; readonly close: number };

/** Minutes [from, until) in which nothing is traded. */
type Halt = { readonly from: number; readonly until: number };

const SESSIONS_A_YEAR = 252;
const MINUTES_A_SESSION = 390;

export function characterOf(seed: number, instrumentId: string): Character {
  const random = randomOf(`${seed}\n${instrumentId}`);
  const sessionVolatility = between(random, MARKET.annualVolatility) / Math.sqrt(SESSIONS_A_YEAR);
  return {
    anchorPrice: between(random, MARKET.anchorPrice),
    minuteVolatility: sessionVolatility / Math.sqrt(MINUTES_A_SESSION),
    sessionVolatility,
    minuteVolume: between(random, MARKET.minuteVolume),
  };
}

/**
 * Invents a session of `length` minutes: geometric Brownian motion in changing regimes, with an overnight gap, jumps, missing minutes and
 * halts. It depends on the random stream and on the price at which the session before ended, and on nothing else.
 */
export function inventSession(
  character: Character,
  random: Random,
  length: number,
  previousClose: number,
): InventedSession {
  const halt = haltOf(random, length);
  let price = previousClose * Math.exp(overnightMove(character, random, previousClose));
  let regime = regimeOf(random);
  let lastMove = 0;
  const minutes: Minute[] = [];

  for (let minute = 0; minute < length; minute += 1) {
    if (random.chance(1 / MARKET.regimeMinutes)) regime = regimeOf(random);
    if (random.chance(MARKET.missingChance) || (minute >= halt.from && minute < halt.until)) continue;

    const place = (2 * minute) / (length - 1) - 1;
    const volatility = character.minuteVolatility * regime.volatility * volatilityAt(place);
    const surprise = surpriseOf(random, minute === halt.until) * character.minuteVolatility;
    const expected = regime.drift * character.minuteVolatility + regime.echo * lastMove;
    const prices = inventPrices(random, price * Math.exp(surprise), expected, volatility);
    lastMove = clamp(Math.log(prices.close / price), 4 * volatility);
    price = prices.close;

    const volume = volumeOf(
      random,
      character.minuteVolume * regime.volume * volumeAt(place),
      Math.abs(lastMove) / volatility,
    );
    const haltedMinutes = halted(halt, (minutes.at(-1)?.minute ?? -1) + 1, minute);
    minutes.push({ minute, ...prices, volume, haltedMinutes });
  }
  return { minutes, close: price };
}

/** The trades of one minute, from the first step away from `start` to the last. */
function inventPrices(
  random: Random,
  start: number,
  expected: number,
  volatility: number,
): Pick<Minute, 'open' | 'high' | 'low' | 'close'> {
  const steps = MARKET.stepsPerMinute;
  const size = volatility / Math.sqrt(steps);
  let price = start;
  let open = 0;
  let high = 0;
  let low = Number.POSITIVE_INFINITY;
  for (let step = 0; step < steps; step += 1) {
    price *= Math.exp(expected / steps + size * random.normal());
    if (step === 0) open = price;
    high = Math.max(high, price);
    low = Math.min(low, price);
  }
  return { open, high, low, close: price };
}

function overnightMove(character: Character, random: Random, previousClose: number): number {
  const news = random.chance(MARKET.newsChance) ? MARKET.newsSize : 1;
  const move = MARKET.overnightSize * news * character.sessionVolatility * random.normal();
  return move - MARKET.reversion * Math.log(previousClose / character.anchorPrice);
}

/** Jump and reopening move, in standard deviations of a minute. */
function surpriseOf(random: Random, reopening: boolean): number {
  const jump = random.chance(MARKET.jumpChance) ? MARKET.jumpSize * random.normal() : 0;
  return reopening ? jump + MARKET.reopeningSize * random.normal() : jump;
}

/** How much of a halt lies in the minutes [from, until). */
function halted(halt: Halt, from: number, until: number): number {
  return Math.max(0, Math.min(halt.until, until) - Math.max(halt.from, from));
}

function haltOf(random: Random, length: number): Halt {
  const none = { from: length, until: length };
  if (!random.chance(MARKET.haltChance)) return none;

  const [shortest, longest] = MARKET.haltMinutes;
  const minutes = random.integer(shortest, longest);
  const from = random.integer(MARKET.haltMargin, length - MARKET.haltMargin - minutes);
  return { from, until: from + minutes };
}

function regimeOf(random: Random): Regime {
  const regime = REGIMES[random.integer(0, REGIMES.length)];
  if (regime === undefined) throw new Error('there is no regime');
  return regime;
}

/** Big moves come with much volume. */
function volumeOf(random: Random, usual: number, surprise: number): number {
  return Math.max(1, Math.round(usual * Math.exp(0.5 * random.normal()) * (0.7 + 0.4 * surprise)));
}

function between(random: Random, [low, high]: readonly [number, number]): number {
  return low + (high - low) * random.uniform();
}

function clamp(value: number, limit: number): number {
  return Math.min(limit, Math.max(-limit, value));
}
