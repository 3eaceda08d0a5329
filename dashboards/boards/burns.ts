import { allowed, badRatio, slos as promises } from '../../alerts/index.ts';
import { type Board, type Panel, query } from '../board.ts';

type Promise = (typeof promises)[number];

/** How fast the budgets of promises are spent: of those whose place is on that board. */
export function burnsOn(board: Board['name']): Panel[] {
  const panels = promises.filter(({ panel }) => panel.startsWith(`${board}/`)).map(burn);
  // Three in a line; where one would be alone in the last, four.
  const narrow = panels.length > 3 && panels.length % 3 === 1 ? panels.length - 4 : panels.length;
  return panels.map((panel, index) => (index < narrow ? panel : { ...panel, width: 6 }));
}

/** The share of bad ones in every window that an alert looks at, with the lines of the alerts. */
function burn(slo: Promise): Panel {
  const windows = [...new Set(slo.windows.flatMap(({ long, short }) => [short, long]))];
  return {
    id: slo.panel.slice(slo.panel.indexOf('/') + 1),
    title: titleOf(slo),
    description: `${slo.promise} Shown is the share that misses it, by window; ${percent(allowed(slo))} may.`,
    as: 'lines',
    unit: 'ratio',
    queries: windows.map((window) => query(badRatio(slo, window), window)),
  };
}

function titleOf({ name }: Promise): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
}

export function percent(share: number): string {
  return `${Number((share * 100).toPrecision(3))} %`;
}
