/**
 * What the invented market is like. The figures are chosen to resemble liquid US shares, and are not fitted to make any signal look
 * good: what little can be foreseen is the drift of a trend and a weak echo of the last minute, both far below the noise.
 */
export const MARKET = {
  /** Ranges from which each instrument's own character is drawn. Volumes in shares a minute. */
  anchorPrice: [20, 400],
  annualVolatility: [0.18, 0.5],
  minuteVolume: [800, 20_000],

  /** Moves between two prices of one bar; more make highs and lows finer. */
  stepsPerMinute: 6,
  /** Mean length of a regime in trading minutes. */
  regimeMinutes: 90,
  /** Jumps per trading minute, and their size in standard deviations of a minute. */
  jumpChance: 1 / 600,
  jumpSize: 8,

  /** The move from a close to the next open, in standard deviations of a session; some nights bring news. */
  overnightSize: 0.5,
  newsChance: 0.05,
  newsSize: 3,
  /** Part of the log distance to the anchor price by which a night brings a price back: over years it neither vanishes nor explodes. */
  reversion: 0.004,

  /** Minutes without a trade. */
  missingChance: 0.004,
  /** Sessions with a halt, its length in minutes, and the size of the reopening move in standard deviations of a minute. */
  haltChance: 0.05,
  haltMinutes: [5, 21],
  reopeningSize: 6,
  /** No halt begins in the first minutes of a session, and each ends before its last ones. */
  haltMargin: 10,
} as const;

/**
 * `volatility` and `volume` multiply those of the instrument; `drift` (in standard deviations of a minute) is each minute's expected move;
 * `echo` is the part of the last minute's move that is expected to come again.
 */
export type Regime = {
  readonly volatility: number;
  readonly volume: number;
  readonly drift: number;
  readonly echo: number;
};

export const REGIMES: readonly Regime[] = [
  { volatility: 0.7, volume: 0.8, drift: 0, echo: -0.06 },
  { volatility: 1, volume: 1, drift: 0.03, echo: 0.04 },
  { volatility: 1, volume: 1, drift: -0.03, echo: 0.04 },
  { volatility: 1.8, volume: 1.7, drift: 0, echo: 0 },
];

/** Over a session both are U-shaped with mean 1; `place` runs from -1 (open) to 1 (close). */
export function volatilityAt(place: number): number {
  return 0.7 + 0.9 * place * place;
}

export function volumeAt(place: number): number {
  return 0.5 + 1.5 * place * place;
}
