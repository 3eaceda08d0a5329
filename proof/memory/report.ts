/** Memory of the process at a moment; `newest` is the end of the newest bar that was in then, ms. Sizes in bytes. */
export type Sample = {
  readonly newest: number;
  readonly resident: number;
  /** What was left on the heap when all garbage was collected. */
  readonly live: number;
  readonly bars: number;
  /** Head of the event log. */
  readonly events: number;
};

const MIB = 2 ** 20;
const HOUR = 3_600_000;
/** From one hour to the next; what an hour leaves behind for good would show again and again. */
const MOST_GROWTH = 1.05;
/** Of a session; less tells nothing. */
const LEAST_HOURS = 6;

/**
 * Whether memory has become flat, by what lives on the heap: the least of the last hour against that of the hour before. Until then windows and
 * rings of each instrument fill, which have a size.
 */
export function verdictOf(
  samples: readonly Sample[],
  open: number,
): { readonly isFlat: boolean; readonly text: string } {
  const inSession = samples.filter(({ newest }) => newest > open);
  const hourOf = ({ newest }: Sample): number => Math.floor((newest - open) / HOUR);
  const lastHour = Math.max(...inSession.map(hourOf));
  const least = (hour: number): number =>
    Math.min(...inSession.filter((sample) => hourOf(sample) === hour).map(({ live }) => live));
  const [early, late] = [least(lastHour - 1), least(lastHour)];
  // Before the first event the log has no head.
  const hasWorked = (inSession.at(-1)?.events ?? 0) > 0;
  const isFlat = lastHour >= LEAST_HOURS - 1 && hasWorked && late <= early * MOST_GROWTH;
  const mib = (bytes: number): string => (bytes / MIB).toFixed(0);
  const resident = Math.max(...inSession.map((sample) => sample.resident));
  return {
    isFlat,
    text: `${isFlat ? 'flat' : 'NOT flat'}: ${mib(late)} MiB lived on the heap in the last hour, ${mib(early)} MiB in the hour before; at most ${mib(resident)} MiB resident, after a training before the session`,
  };
}

/** The page that is committed. */
export function resultsPage(facts: Readonly<Record<string, string>>, samples: readonly Sample[]): string {
  const cells = (texts: readonly string[]) => `| ${texts.join(' | ')} |`;
  const shown = samples.filter((_, index) => index % 2 === 1);
  return [
    '# Results of `npm run proof:memory`',
    '',
    '<!-- Written by `npm run proof:memory -- --write-results`. -->',
    '',
    ...Object.entries(facts).map(([name, value]) => `- ${name}: ${value}`),
    '',
    cells(['newest bar', 'resident, MiB', 'live heap, MiB', 'bars', 'events']),
    cells(['---', '---', '---', '---', '---']),
    ...shown.map(({ newest, resident, live, bars, events }) =>
      cells([
        new Date(newest).toISOString(),
        (resident / MIB).toFixed(0),
        (live / MIB).toFixed(0),
        String(bars),
        String(events),
      ]),
    ),
    '',
  ].join('\n');
}
