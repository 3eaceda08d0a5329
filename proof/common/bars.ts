import { open } from 'node:fs/promises';
import { recordedInstruments, simulatedInstruments } from '../../backend/market-data/instruments/bundled.ts';
import { replaySource } from '../../backend/market-data/replay/replay.ts';
import { simulatedSource } from '../../backend/market-data/simulated/simulated.ts';

/** A file of bars to be replayed. */
export type BarsFile = {
  readonly file: string;
  readonly bars: number;
  /** Moments at which bars become known after the history: so many minutes take their time at a speed. */
  readonly liveMoments: number;
};

export type Invention = { readonly seed: number; readonly sessions: number; readonly symbols: number };

/** Writes invented bars as a file, with a row among them that is none: what is refused must survive a kill as well. */
export async function inventBars(file: string, { seed, sessions, symbols }: Invention): Promise<BarsFile> {
  const instruments = simulatedInstruments.slice(0, symbols);
  const source = simulatedSource({ seed, speed: 'max', instruments, historySessions: sessions });
  const symbolOf = new Map(instruments.map(({ id, symbol }) => [id, symbol]));
  const { historyEnd } = await source.describe();
  await using out = await open(file, 'w');
  await out.write('symbol,timestamp,open,high,low,close,volume\n');
  for await (const { bars } of source.batches({ signal: new AbortController().signal })) {
    if (bars.some(({ barEnd }) => barEnd > historyEnd)) break;
    const rows = bars.map(({ instrumentId, barStart, open, high, low, close, volume }) =>
      [symbolOf.get(instrumentId), new Date(barStart).toISOString(), open, high, low, close, volume].join(','),
    );
    const first = bars[0];
    if (first !== undefined && first.barStart % SPOILT_EVERY === 0)
      rows.push(rows[0]?.replace(/,[^,]+$/, ',many') ?? '');
    await out.write(`${rows.join('\n')}\n`);
  }
  return surveyBars(file);
}

/** A spoilt row each full second hour. ms */
const SPOILT_EVERY = 2 * 60 * 60_000;

/** Throws a UserError when the file cannot be replayed. */
export async function surveyBars(file: string): Promise<BarsFile> {
  const instruments = [...recordedInstruments, ...simulatedInstruments];
  const source = replaySource({ file, timeframe: '1m', speed: 'max', instruments });
  const { historyEnd } = await source.describe();
  let bars = 0;
  let liveMoments = 0;
  for await (const batch of source.batches({ signal: new AbortController().signal })) {
    bars += batch.bars.length;
    if (batch.bars.some(({ barEnd }) => barEnd > historyEnd)) liveMoments += 1;
  }
  return { file, bars, liveMoments };
}

/** The speed at which what comes after the history takes so many seconds. */
export function speedFor({ liveMoments }: BarsFile, seconds: number): number {
  return Math.min(1_000_000, Math.max(1, Math.round((liveMoments * 60) / seconds)));
}
