import type { Alert } from '../alert.ts';
import { stepping } from '../inputs.ts';
import { above, atLeast, both, either, type Vector } from '../promql/index.ts';
import type { Input } from '../recording.ts';
import { allowed, badEvents, badRatio } from './recordings.ts';
import type { BurnWindow, Slo } from './slo.ts';
import { slos } from './table.ts';

/** For each promise: who hears that its budget is being spent, and how soon. */
export const sloAlerts: readonly Alert[] = slos.flatMap((slo) =>
  (['Fast', 'Slow'] as const).flatMap((speed) => {
    const windows = slo.windows.filter((window) => window.speed === speed);
    const [first, ...others] = windows;
    return first ? [burn(slo, speed, first, others)] : [];
  }),
);

function burn(slo: Slo, speed: 'Fast' | 'Slow', first: BurnWindow, others: readonly BurnWindow[]): Alert {
  const windows = [first, ...others];
  const told = windows.map(({ long, burn: times }) => `${times} times as fast as it lasts, for ${long}`).join(', or ');
  return {
    name: `${slo.alerts}BudgetBurn${speed}`,
    summary: `{{ $value | humanizePercentage }} miss what is promised (${slo.promise.replace(/\.$/, '')}): the budget of 30 days is spent ${speed === 'Fast' ? 'within days' : 'too early'}.`,
    expr: others.reduce<Vector<'slo'>>((arms, one) => either(arms, arm(slo, one)), arm(slo, first)),
    for: '2m',
    severity: speed === 'Fast' ? 'page' : 'ticket',
    service: slo.service,
    slo: slo.name,
    limit: { value: lineOf(slo, first), unit: 'ratio' },
    reason: `${slo.reason} The budget is ${percent(allowed(slo))}; it is spent ${told}, with at least ${slo.fewestBad} bad.`,
    panel: slo.panel,
    tests: {
      over: given(slo, windows, first, {}),
      firesAt: '13m',
      labels: { slo: slo.name },
      under: {
        'in the short window alone': given(slo, windows, first, { long: 0.98 }),
        'in the long window alone, because it is over': given(slo, windows, first, { short: 0.98 }),
        'on the line in the long window': given(slo, windows, first, { long: 1 }),
        'on the line in the short window': given(slo, windows, first, { short: 1 }),
        'too few': given(slo, windows, first, { bad: slo.fewestBad * 0.95 }),
        ...Object.fromEntries(
          others.flatMap((one) => [
            [`in ${one.short} alone`, given(slo, windows, one, { long: 0.98 })],
            [`in ${one.long} alone`, given(slo, windows, one, { short: 0.98 })],
            [`on the line in ${one.long}`, given(slo, windows, one, { long: 1 })],
            [`on the line in ${one.short}`, given(slo, windows, one, { short: 1 })],
            [`too few in ${one.long}`, given(slo, windows, one, { bad: slo.fewestBad * 0.95 })],
          ]),
        ),
      },
      noise: windows.flatMap((window) => elsewhere(slo, window)),
      also: Object.fromEntries(
        others.map((one) => [
          `in ${one.long} and ${one.short}`,
          { over: given(slo, windows, one, {}), firesAt: '13m', labels: { slo: slo.name } } as const,
        ]),
      ),
    },
  };
}

/** Over the line in both windows, with enough bad events in the long one. */
function arm(slo: Slo, window: BurnWindow): Vector<'slo'> {
  const line = lineOf(slo, window);
  return both(
    both(above(badRatio(slo, window.long), line), above(badRatio(slo, window.short), line)),
    atLeast(badEvents(slo, window.long), slo.fewestBad),
  );
}

function lineOf(slo: Slo, { burn: times }: BurnWindow): number {
  return Number((times * allowed(slo)).toPrecision(6));
}

/** What the recording rules say: just over the line in one pair of windows, nothing in the others. */
function given(
  slo: Slo,
  windows: readonly BurnWindow[],
  over: BurnWindow,
  { long = 1.05, short = 1.05, bad = slo.fewestBad }: { long?: number; short?: number; bad?: number },
): Input[] {
  const label = `{slo="${slo.name}"}`;
  const values = (factor: number, line: number): string => stepping(10, 0, factor === 1 ? line : line * factor);
  return windows.flatMap((window): Input[] => {
    const is = window === over;
    const line = lineOf(slo, window);
    return [
      [badRatio(slo, window.long).select.metric + label, values(is ? long : 0, line)],
      [badRatio(slo, window.short).select.metric + label, values(is ? short : 0, line)],
      [badEvents(slo, window.long).select.metric + label, stepping(10, 0, is ? bad : 1_000_000)],
    ];
  });
}

/** Another promise that is broken all the time. */
function elsewhere(slo: Slo, window: BurnWindow): Input[] {
  return [badRatio(slo, window.long), badRatio(slo, window.short), badEvents(slo, window.long)].map(
    ({ select }): Input => [`${select.metric}{slo="other"}`, '1000000x400'],
  );
}

function percent(share: number): string {
  return `${Number((share * 100).toPrecision(4))} %`;
}
