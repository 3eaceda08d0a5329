import { type Alert, alerts, type promql } from '../alerts/index.ts';
import type { Unit } from './board.ts';

/** A line that a panel draws, and on which side of it is trouble. */
export type Line = {
  readonly alert: string;
  readonly value: number;
  readonly severity: Alert['severity'];
  readonly trouble: 'above' | 'below';
};

/** Units of limits, and those of panels that can draw them. */
const DRAWN_IN: Readonly<Record<NonNullable<Alert['limit']>['unit'], readonly Unit[]>> = {
  ratio: ['ratio'],
  seconds: ['seconds'],
  events: ['count', 'requests a second', 'events a second'],
  count: ['count'],
  state: ['state'],
};

/** The alerts that are about a panel: those that name it. */
export function alertsOf(panel: string): readonly Alert[] {
  return alerts.filter((alert) => alert.panel === panel);
}

/**
 * The lines of a panel, from the constants that its alerts fire by, in the order of their values. Throws an Error where the panel has
 * another unit than a line of it, or where trouble is on both sides.
 */
export function linesOf(panel: string, unit: Unit): readonly Line[] {
  const lines = alertsOf(panel).flatMap((alert) => {
    if (!alert.limit) return [];
    if (!DRAWN_IN[alert.limit.unit].includes(unit))
      throw new Error(`${panel} is in ${unit}, and the line of ${alert.name} in ${alert.limit.unit}`);
    return [line(alert, alert.limit.value)];
  });
  if (new Set(lines.map(({ trouble }) => trouble)).size > 1)
    throw new Error(`${panel} has lines with trouble on both sides: ${lines.map(({ alert }) => alert).join(', ')}`);
  return lines.toSorted((a, b) => a.value - b.value);
}

function line({ name, severity, expr }: Alert, value: number): Line {
  const operator = comparisonWith(value, expr.node);
  if (operator === null) throw new Error(`${name} has the limit ${value} and compares nothing with it`);
  // Nothing at all is the trouble where zero is what it waits for.
  const below = operator.startsWith('<') || (operator === '==' && value === 0);
  return { alert: name, value, severity, trouble: below ? 'below' : 'above' };
}

function comparisonWith(value: number, node: promql.Node): string | null {
  switch (node.kind) {
    case 'number':
    case 'select':
      return null;
    case 'call':
      return node.of.map((one) => comparisonWith(value, one)).find((found) => found !== null) ?? null;
    case 'aggregate':
      return comparisonWith(value, node.of);
    case 'binary': {
      const { left, right, operator } = node;
      if (/^[<>=]/.test(operator) && right.kind === 'number' && right.value === value) return operator;
      return comparisonWith(value, left) ?? comparisonWith(value, right);
    }
  }
}
