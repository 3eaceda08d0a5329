/** Memory of the process at a moment; `newest` is the end of the newest bar that was in then, ms. */
export type Sample = {
  readonly newest: number;
  readonly resident: number;
  readonly heap: number;
  readonly bars: number;
  /** Head of the event log. */
  readonly events: number;
};

const MIB = 2 ** 20;
const HOUR = 3_600_000;
/** What lives on the heap at the end may be so much more than in the third hour. */
const MOST_GROWTH = 1.1;

/**
 * Whether memory is flat. The least heap of an hour is what lives: garbage comes and goes, and resident memory keeps what the collector has
 * not given back. The first two hours still hold what was needed for training.
 */
export function verdictOf(
  samples: readonly Sample[],
  open: number,
): { readonly isFlat: boolean; readonly text: string } {
  const hours = Map.groupBy(
    samples.filter(({ newest }) => newest > open),
    ({ newest }) => Math.floor((newest - open) / HOUR),
  );
  const own = [...hours].sort(([a], [b]) => a - b).map(([, hour]) => hour);
  const least = own.map((hour) => Math.min(...hour.map(({ heap }) => heap)));
  const third = least[2] ?? Number.NaN;
  const most = Math.max(...least.slice(3));
  // Before the first event the log has no head.
  const hasWorked = (own.at(-1)?.at(-1)?.events ?? 0) > 0;
  const isFlat = least.length >= 5 && hasWorked && most <= third * MOST_GROWTH;
  const shown = (bytes: readonly number[]): string => bytes.map((value) => (value / MIB).toFixed(0)).join(', ');
  const resident = own.map((hour) => Math.max(...hour.map((sample) => sample.resident)));
  return {
    isFlat,
    text: `${isFlat ? 'flat' : 'NOT flat'}: the least heap of each hour was ${shown(least)} MiB; the most resident memory of each hour ${shown(resident)} MiB, after a training before the session`,
  };
}

/** The page that is committed. */
export function resultsPage(facts: Readonly<Record<string, string>>, samples: readonly Sample[]): string {
  const cells = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const shown = samples.filter((_, index) => index % 6 === 5);
  return [
    '# Results of `npm run proof:memory`',
    '',
    '<!-- Written by `npm run proof:memory -- --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    cells(['newest bar', 'resident, MiB', 'heap, MiB', 'bars', 'events']),
    cells(['---', '---', '---', '---', '---']),
    ...shown.map(({ newest, resident, heap, bars, events }) =>
      cells([
        new Date(newest).toISOString(),
        (resident / MIB).toFixed(0),
        (heap / MIB).toFixed(0),
        String(bars),
        String(events),
      ]),
    ),
    '',
  ].join('\n');
}
