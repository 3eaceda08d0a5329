import { allowed, budgetLeft, slos as promises } from '../../alerts/index.ts';
import { type Duration, seconds } from '../../alerts/promql/index.ts';
import { type Board, query } from '../board.ts';
import { burnsOn, percent } from './burns.ts';

type Promise = (typeof promises)[number];

export const slos: Board = {
  name: 'slos',
  title: 'Promises and their budgets',
  purpose:
    'For whoever plans: what is promised over 30 days, what is left of each budget, how fast it is spent, who hears of it.',
  span: '7d',
  variables: [],
  rows: [
    {
      question: 'What is left?',
      panels: [
        {
          id: 'budgets',
          redBelow: 0,
          title: 'Budget of 30 days that is left',
          description:
            'The share of what may go wrong in 30 days that has not gone wrong yet. Below zero the promise is broken.',
          as: 'lines',
          unit: 'ratio',
          width: 8,
          helps: promises.map(({ alerts }) => `${alerts}BudgetBurnSlow`),
          queries: [query(budgetLeft, ({ slo }) => slo)],
        },
        {
          id: 'detection',
          title: 'How soon who is told',
          description:
            'By the rules: how long everything must be bad, or as bad as the line says, until the alert of each promise fires.',
          as: 'words',
          width: 16,
          helps: promises.map(({ alerts }) => `${alerts}BudgetBurnSlow`),
          markdown: detection(),
        },
      ],
    },
    { question: 'How fast is each budget spent?', panels: burnsOn('slos') },
  ],
};

/** When all is bad, the share in a window passes the line when that share of the window has gone by; two minutes more, and it fires. */
function detection(): string {
  const told = (slo: Promise, wanted: 'Fast' | 'Slow'): string =>
    slo.windows
      .filter(({ speed }) => speed === wanted)
      .map(
        ({ long, burn: times }) =>
          `${percent(times * allowed(slo))} of ${long}: ${minutes(times * allowed(slo), long)}`,
      )
      .join(', ');
  const rows = promises.map((slo) => `| ${slo.name} | ${told(slo, 'Fast')} | ${told(slo, 'Slow')} |`);
  return ['| promise | pages from, when all is bad after | tickets from |', '|---|---|---|', ...rows].join('\n');
}

function minutes(share: number, window: Duration): string {
  return `${Math.ceil((share * seconds(window)) / 60) + 2} min`;
}
