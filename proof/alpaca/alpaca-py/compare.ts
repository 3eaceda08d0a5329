import type { RecordedBar } from '../../recorded/recording.ts';

/** What follow.py printed. */
export type Line = Readonly<Record<string, unknown>> & { readonly kind: string };

/** The second minute of AIG is corrected, the fourth and fifth of SPY are halted: what a right client then sees. */
const EXPECTED = { version: 1, bar: 22, updated: 1, status: 2, history: 22, clock: 1 };

/** How many lines of each kind there are, and what is not as it was recorded. */
export function compare(
  lines: readonly Line[],
  recorded: readonly RecordedBar[],
): { readonly counts: Readonly<Record<string, number>>; readonly differences: readonly string[] } {
  const truth = new Map(recorded.map((bar) => [`${bar.symbol} ${bar.start}`, bar]));
  const counts: Record<string, number> = {};
  for (const { kind } of lines) counts[kind] = (counts[kind] ?? 0) + 1;

  const missing = Object.entries(EXPECTED)
    .filter(([kind, count]) => counts[kind] !== count)
    .map(([kind, count]) => `${kind}: ${counts[kind] ?? 0} lines, expected ${count}`);
  const corrected = lines.find(({ kind }) => kind === 'updated');
  const wrong = lines.filter((line) => isBar(line) && !equals(line, truth.get(placeOf(line))));
  const unexpected = wrong.filter(
    (line) => corrected === undefined || line.kind !== 'bar' || placeOf(line) !== placeOf(corrected),
  );
  return { counts, differences: [...missing, ...unexpected.map((line) => `not as recorded: ${JSON.stringify(line)}`)] };
}

function isBar({ kind }: Line): boolean {
  return kind === 'bar' || kind === 'updated' || kind === 'history';
}

function placeOf(line: Line): string {
  return `${line['symbol']} ${Date.parse(String(line['start']))}`;
}

function equals(line: Line, bar: RecordedBar | undefined): boolean {
  const names = ['open', 'high', 'low', 'close', 'volume'] as const;
  return bar !== undefined && names.every((name) => line[name] === Number(bar[name]));
}
