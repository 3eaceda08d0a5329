import type { Alert } from '../alert.ts';
import { alertText, labelsOf, type RuleText, recordingText } from '../generate/rule.ts';
import { type Duration, duration, type Node, seconds } from '../promql/index.ts';
import type { Input, Recording } from '../recording.ts';

/** One rule by itself: what it asks for is given to it as series, so that only it can be wrong. */
export type Unit = {
  /** Alert or record with what tells it apart. */
  readonly id: string;
  readonly kind: 'alert' | 'recording';
  readonly expr: Node;
  readonly for: Duration;
  /** The rule under another name, with another expression or another time to wait. */
  readonly rule: (name: string, expr: Node, wait: Duration) => RuleText;
  readonly name: string;
  readonly cases: readonly Case[];
};

export type Case = {
  readonly name: string;
  readonly every: Duration;
  readonly input: readonly Input[];
  readonly checks: readonly Check[];
};

/** What a query gives at a moment, for the rule under the name that it has there. */
export type Check = {
  readonly at: Duration;
  readonly query: (name: string) => string;
  readonly gives: (name: string) => readonly Sample[];
};
type Sample = { readonly labels: string; readonly value: number };

const MINUTE: Duration = '1m';
/** Steps after which something that stayed quiet is looked at again. */
const LATER = [2, 7, 20];

export function alertUnit(alert: Alert): Unit {
  return {
    id: alert.about ? `${alert.name} (${alert.about})` : alert.name,
    kind: 'alert',
    name: alert.name,
    expr: alert.expr.node,
    for: alert.for,
    rule: (name, node, wait) => alertText({ ...alert, name, for: wait, expr: { ...alert.expr, node } }),
    cases: casesOf(alert),
  };
}

export function recordingUnit(recording: Recording): Unit {
  const added = Object.values(recording.added).join(', ');
  return {
    id: added ? `${recording.record} (${added})` : recording.record,
    kind: 'recording',
    name: recording.record,
    expr: recording.expr.node,
    for: '0s',
    rule: (record, node) => recordingText({ ...recording, record, expr: { ...recording.expr, node } }),
    cases: recording.tests.map(({ name, input, every = MINUTE, at, value, labels }) => ({
      ...{ name, input, every },
      checks: [value === null ? nothing(at) : near(at, value, { ...recording.added, ...labels })],
    })),
  };
}

function nothing(at: Duration): Check {
  return { at, query: (record) => record, gives: () => [] };
}

/** Within 3 %: Prometheus 2 and 3 cut a window by one sample more or less. */
function near(at: Duration, value: number, labels: Readonly<Record<string, string>>): Check {
  const room = Math.max(Math.abs(value) * 0.03, 1e-9);
  return {
    at,
    query: (record) => `(${record} > bool ${value - room}) * (${record} < bool ${value + room})`,
    gives: () => [{ labels: braces(labels), value: 1 }],
  };
}

function casesOf(alert: Alert): Case[] {
  const { tests } = alert;
  const { every = MINUTE, over, under, also = {}, noise = [], gate, firesAt, absent = 'quiet', stops } = tests;
  const session = (values: number): Input[] =>
    gate ? [[`market:open_for_seconds{market="${gate.market}"}`, `${values}x400`]] : [];
  const beside = [...noise, ...session((gate?.seconds ?? 0) + 10)];
  const fires = (at: Duration, labels = tests.labels) => firing(alert, at, labels);
  const { quietUntil } = tests;
  const moments = [firesAt, ...LATER.map((steps) => later(firesAt, every, steps)), ...(quietUntil ? [quietUntil] : [])];
  const never = moments.map((at) => firing(alert, at, null));
  const fired = (name: string, input: readonly Input[], at: Duration, labels = tests.labels): Case => ({
    name,
    every,
    input: [...input, ...beside],
    checks: [...(seconds(at) > 0 ? [firing(alert, later(at, every, -1), null)] : []), fires(at, labels)],
  });
  return [
    fired('fires just over the line, and not before it has waited', over, firesAt),
    ...Object.entries(also).map(([name, one]) => fired(`fires: ${name}`, one.over, one.firesAt, one.labels)),
    ...Object.entries(under).map(
      ([name, input]): Case => ({ name: `is quiet: ${name}`, every, input: [...input, ...beside], checks: never }),
    ),
    {
      name: 'without its series',
      every,
      input: session((gate?.seconds ?? 0) + 10),
      checks: absent === 'fires' ? [fires(firesAt, {})] : never,
    },
    ...(gate
      ? [
          { name: 'is quiet out of session', every, input: [...over, ...noise], checks: never },
          {
            name: 'is quiet when the session has just begun',
            every,
            input: [...over, ...noise, ...session(gate.seconds)],
            checks: never,
          },
        ]
      : []),
    ...(stops
      ? [
          {
            name: 'stops',
            every,
            input: [...stops.over, ...beside],
            checks: [fires(later(stops.at, every, -1)), firing(alert, stops.at, null)],
          },
        ]
      : []),
  ];
}

/** Null: it does not fire. */
function firing(alert: Alert, at: Duration, labels: Readonly<Record<string, string>> | null | undefined): Check {
  const state = (name: string): string => `ALERTS{alertname="${name}", alertstate="firing"}`;
  return {
    at,
    query: state,
    gives: (name) =>
      labels === null
        ? []
        : [
            {
              labels: `ALERTS${braces({ ...labels, ...labelsOf(alert), alertname: name, alertstate: 'firing' })}`,
              value: 1,
            },
          ],
  };
}

function later(at: Duration, every: Duration, steps: number): Duration {
  return duration(seconds(at) + steps * seconds(every));
}

function braces(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(', ')}}`;
}
