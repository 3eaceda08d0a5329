/** Memory of the process at a moment; `newest` is the end of the newest bar that was in then, ms. */
export type Sample = {
  readonly newest: number;
  readonly resident: number;
  readonly heap: number;
  readonly bars: number;
  readonly signals: number;
};

const MIB = 2 ** 20;
const HOUR = 3_600_000;
/** The least of the last hours may lie so far above the least of the second one. */
const MOST_GROWTH = 1.1;

/** Whether memory is flat: the least of each hour is what is really held, because garbage comes and goes. */
export function verdictOf(
  samples: readonly Sample[],
  open: number,
): { readonly isFlat: boolean; readonly text: string } {
  const hours = Map.groupBy(
    samples.filter(({ newest }) => newest > open),
    ({ newest }) => Math.floor((newest - open) / HOUR),
  );
  const least = [...hours].sort(([a], [b]) => a - b).map(([, own]) => Math.min(...own.map(({ resident }) => resident)));
  const [, second = Number.NaN] = least;
  const last = least.at(-1) ?? Number.NaN;
  const most = Math.max(...samples.map(({ resident }) => resident));
  const isFlat = least.length >= 4 && last <= second * MOST_GROWTH;
  const shown = least.map((bytes) => (bytes / MIB).toFixed(0)).join(', ');
  return {
    isFlat,
    text: `${isFlat ? 'flat' : 'NOT flat'}: the least of each hour of the session was ${shown} MiB; at most ${(most / MIB).toFixed(0)} MiB, the training before the session included`,
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
    ...shown.map(({ newest, resident, heap, bars, signals }) =>
      cells([
        new Date(newest).toISOString(),
        (resident / MIB).toFixed(0),
        (heap / MIB).toFixed(0),
        String(bars),
        String(signals || 0),
      ]),
    ),
    '',
  ].join('\n');
}
