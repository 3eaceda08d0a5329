import type { Alert } from '../../../alerts/alert.ts';
import { type Page, said } from '../../../runbooks/page/page.ts';
import { ofProduction, type Subject } from '../../../runbooks/page/subject.ts';
import { metricsIn, queriesOf } from '../checks/queries.ts';
import { withSamples } from '../checks/samples.ts';
import { type Finding, type World, at as where } from '../world.ts';
import { procedures, type Story } from './procedures.ts';

type Input = readonly [series: string, values: string];

/** A query of a page at a moment of a story: the incident that the alert's own tests or procedures.ts tell, or a healthy system. */
export type VerifyCase = {
  readonly page: Page;
  readonly line: number;
  readonly query: string;
  readonly story: string;
  readonly every: string;
  readonly input: readonly Input[];
  readonly at: string;
  /** Whether the query must give something. */
  readonly gives: boolean;
};

/** What the queries under Over when must say, and the first under Confirm where the story has the series that it asks for. */
export function verifyCases({ pages, subjects }: World): VerifyCase[] {
  const cases = subjects.flatMap((subject) => {
    const page = pages.find(({ name }) => name === subject.name);
    return page === undefined ? [] : [...overCases(page, subject), ...confirmCases(page, subject)];
  });
  return [...cases, ...pages.flatMap(procedureCases)].map((one) => ({
    ...one,
    input: one.input.map(([series, values]) => [ofProduction(series), values]),
  }));
}

function overCases(page: Page, { alerts, severity }: Subject): VerifyCase[] {
  const queries = queriesOf(page, 'Over when');
  return alerts.flatMap((alert, index) => {
    const query = queries[index];
    if (query === undefined) return [];
    const { over, also = {}, under, firesAt, every = '1m' } = alert.tests;
    const told = (story: string, input: readonly Input[], gives: boolean, at: string): VerifyCase => ({
      ...{ page, line: query.line, query: query.text, story, every, at, gives },
      input: [...input, ...beside(alert)],
    });
    return [
      told('the incident', over, true, firesAt),
      ...Object.entries(also).map(([story, one]) => told(story, one.over, true, one.firesAt)),
      // A heartbeat never ends: that it does is the incident.
      ...Object.entries(under).map(([story, input]) => told(story, input, severity === 'heartbeat', firesAt)),
    ];
  });
}

/** Each query of a procedure in each story: it gives something in those alone that say so. */
function procedureCases(page: Page): VerifyCase[] {
  return Object.entries(procedures[page.name] ?? {}).flatMap(([story, { input, gives, at }]) =>
    queriesOf(page, 'Over when').map((query, index) => ({
      ...{ page, line: query.line, query: withSamples(query.text), story, every: '5m', input, at },
      gives: gives.includes(index + 1),
    })),
  );
}

/** Procedures whose queries nobody asks of a healthy system, or not where they must give something. */
export function untold({ pages }: World): Finding[] {
  return pages
    .filter((page) => said(page, 'procedure') !== undefined)
    .flatMap((page) => {
      const stories: readonly Story[] = Object.values(procedures[page.name] ?? {});
      const asked = new Set(stories.flatMap(({ gives }) => gives));
      const healthy = stories.some(({ gives }) => gives.length === 0);
      return [
        ...(healthy ? [] : [where(page, 1, 'proof/runbooks/verify/procedures.ts tells of no healthy system')]),
        ...queriesOf(page, 'Over when')
          .filter((_, index) => !asked.has(index + 1))
          .map(({ line }) => where(page, line, 'proof/runbooks/verify/procedures.ts tells of nothing that it gives')),
      ];
    });
}

function confirmCases(page: Page, { alerts }: Subject): VerifyCase[] {
  const [query] = queriesOf(page, 'Confirm');
  if (query === undefined) return [];
  const asked = metricsIn(query.text);
  return alerts.flatMap((alert) => {
    const { over, firesAt, every = '1m' } = alert.tests;
    const input = [...over, ...beside(alert)];
    const told = new Set(input.map(([series]) => series.replace(/\{.*/, '')));
    if (asked.length === 0 || !asked.every((metric) => told.has(metric))) return [];
    const story = 'the incident, the first under Confirm';
    return [{ page, line: query.line, query: query.text, story, every, input, at: firesAt, gives: true }];
  });
}

/** What stands beside every story: series that must make no difference, and the session that the alert asks for. */
function beside({ tests: { noise = [], gate } }: Alert): Input[] {
  const session: Input[] = gate
    ? [[`market:open_for_seconds{market="${gate.market}"}`, `${gate.seconds + 10}x400`]]
    : [];
  return [...noise, ...session];
}
