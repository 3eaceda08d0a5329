import { calendarById } from '../../backend/calendar/index.ts';
import { usEquity } from '../../backend/market-data/instruments/us-equities.ts';
import { simulatedSource } from '../../backend/market-data/simulated/simulated.ts';
import { type RecordedBar, type Recording, recordingOf } from './recording.ts';

/** One session of many symbols that nobody has traded, and what is history at its open. Instants are ms since 1970. */
export type InventedSession = {
  readonly recording: Recording;
  readonly tickers: readonly string[];
  readonly open: number;
  readonly close: number;
};

export async function inventSession(symbols: number, historySessions: number): Promise<InventedSession> {
  const tickers = Array.from({ length: symbols }, (_, index) => `S${String(index).padStart(3, '0')}`);
  const instruments = tickers.map((ticker) => usEquity(ticker, 'XNYS'));
  const source = simulatedSource({ seed: 1, speed: 'max', instruments, historySessions });
  const { historyEnd } = await source.describe();
  const { open, close } = calendarById('XNYS').nextSession(historyEnd);
  const symbolOf = new Map(instruments.map(({ id, symbol }) => [id, symbol]));
  const rows: RecordedBar[] = [];
  for await (const { bars } of source.batches({ signal: new AbortController().signal })) {
    if (bars.some(({ barStart }) => barStart >= close)) break;
    for (const { instrumentId, barStart, open: first, high, low, close: last, volume } of bars) {
      const symbol = symbolOf.get(instrumentId) ?? '';
      rows.push({ symbol, start: barStart, open: first, high, low, close: last, volume });
    }
  }
  return { recording: recordingOf(rows), tickers, open, close };
}
