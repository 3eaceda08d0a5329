/** A session of XNYS in UTC, by the minute: [open, close). */
type Session = { readonly open: number; readonly close: number };
type Row = {
  readonly symbol: string;
  readonly time: number;
  readonly prices: readonly number[];
  readonly volume: number;
};

const MINUTE = 60_000;
/** Two weeks of winter time with a holiday (28 November) and a half day (29 November) among the sessions that are decided in. */
const DAYS = ['18', '19', '20', '21', '22', '25', '26', '27', '29']
  .map((day) => `2013-11-${day}`)
  .concat('2013-12-02', '2013-12-03');
const SYMBOLS = { SPY: 180, BAC: 15, IBM: 185 } as const;

/**
 * The text of a file of bars with everything in it that settlement can meet: missing minutes, halts, jumps over a barrier, bars that
 * hold both barriers, a missing last minute, and bars before and after the session. The same every time.
 */
export function inventedBars(): string {
  const random = uniform(20_131_118);
  const rows = Object.entries(SYMBOLS).flatMap(([symbol, price]) => pathOf(symbol, price, random));
  rows.sort((a, b) => a.time - b.time || (a.symbol < b.symbol ? -1 : 1));
  return `symbol,timestamp,open,high,low,close,volume\n${rows.map(lineOf).join('\n')}\n`;
}

function pathOf(symbol: string, start: number, random: () => number): Row[] {
  const rows: Row[] = [];
  let price = start;
  for (const { open, close } of sessions()) {
    const calm = 0.0002 + 0.0006 * random();
    const halt = open + Math.floor(60 + 150 * random()) * MINUTE;
    for (let time = open - 30 * MINUTE; time < close + 15 * MINUTE; time += MINUTE) {
      const row = minuteOf(symbol, time, price, calm, random);
      price = row.prices[3] ?? price;
      const isOutside = time < open || time >= close;
      const isMissing = random() < (isOutside ? 0.6 : 0.02) || (time >= halt && time < halt + 12 * MINUTE);
      const isLast = time === close - MINUTE && random() < 0.3;
      if (!isMissing && !isLast) rows.push(row);
    }
  }
  return rows;
}

function minuteOf(symbol: string, time: number, before: number, calm: number, random: () => number): Row {
  const sway = (size: number) => 1 + size * (random() + random() + random() - 1.5);
  const jump = random() < 0.01 ? 12 : 0.5;
  const width = random() < 0.02 ? 15 : 1;
  const open = before * sway(calm * jump);
  const close = open * sway(calm * 2);
  const high = Math.max(open, close) * (1 + calm * width * random());
  const low = Math.min(open, close) * (1 - calm * width * random());
  const volume = random() < 0.02 ? 0 : Math.floor(20_000 * random());
  return { symbol, time, prices: [open, high, low, close].map(cents), volume };
}

function sessions(): Session[] {
  return DAYS.map((day) => ({
    open: Date.parse(`${day}T14:30:00Z`),
    close: Date.parse(`${day}T${day === '2013-11-29' ? '18' : '21'}:00:00Z`),
  }));
}

function lineOf({ symbol, time, prices, volume }: Row): string {
  const at = new Date(time).toISOString().replace('.000', '');
  return [symbol, at, ...prices.map((price) => price.toFixed(2)), volume].join(',');
}

function cents(price: number): number {
  return Math.max(1, Math.round(price * 100)) / 100;
}

/** Numbers in [0, 1) that depend on the seed alone (mulberry32). */
function uniform(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
