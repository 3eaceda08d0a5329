import { type Alert, alerts, promql, type Severity } from '../../alerts/index.ts';
import { nameOf } from '../../infra/names.ts';

/** What alerts of one name have in common: they share a page. */
export type Subject = {
  readonly name: string;
  readonly alerts: readonly Alert[];
  /** The worst of theirs. */
  readonly severity: Severity;
};

const worst: readonly Severity[] = ['page', 'ticket', 'info', 'heartbeat'];

export const subjects: readonly Subject[] = [...Map.groupBy(alerts, ({ name }) => name)].map(([name, of]) => ({
  name,
  alerts: of,
  severity: worst.find((severity) => of.some((alert) => alert.severity === severity)) ?? 'ticket',
}));

/** The queries that say whether it goes on: what the rules ask. They give nothing once it is over; that of a heartbeat goes on for ever. */
export function queriesOf({ alerts: of }: Subject): readonly string[] {
  return of.map(({ expr }) => ofProduction(promql.print(expr.node)));
}

/** What a rule asks for, with the names of the stack that pages are written for. */
export function ofProduction(text: string): string {
  return text.replaceAll('{database}', nameOf('production', 'database'));
}

/** Who looks after a part of the system. */
export const owners: Readonly<Record<Alert['service'], string>> = {
  api: 'backend',
  delivery: 'backend',
  signals: 'backend',
  'market-data': 'market data',
  models: 'models',
  database: 'platform',
  cache: 'platform',
  jobs: 'platform',
  recovery: 'platform',
  platform: 'platform',
  security: 'security',
  monitoring: 'platform',
};
