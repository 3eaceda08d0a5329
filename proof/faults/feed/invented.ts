import { simulatedInstruments } from '../../../backend/market-data/instruments/bundled.ts';
import { simulatedSource } from '../../../backend/market-data/simulated/simulated.ts';
import { type RecordedBar, type Recording, recordingOf } from '../../recorded/recording.ts';

const SYMBOLS = 4;

/** Invented sessions, for who has no recorded ones. */
export async function inventRecording({
  seed,
  sessions,
}: {
  readonly seed: number;
  readonly sessions: number;
}): Promise<Recording> {
  const instruments = simulatedInstruments.slice(0, SYMBOLS);
  const source = simulatedSource({ seed, speed: 'max', instruments, historySessions: sessions });
  const { historyEnd } = await source.describe();
  const symbolOf = new Map(instruments.map(({ id, symbol }) => [id, symbol]));
  const rows: RecordedBar[] = [];
  for await (const { bars } of source.batches({ signal: new AbortController().signal })) {
    if (bars.some(({ barEnd }) => barEnd > historyEnd)) break;
    for (const { instrumentId, barStart, open, high, low, close, volume } of bars)
      rows.push({ symbol: symbolOf.get(instrumentId) ?? '', start: barStart, open, high, low, close, volume });
  }
  return recordingOf(rows);
}
