import { createHash } from 'node:crypto';
import type { Timeframe } from '../market-data/bar.ts';
import { canonicalDecimal } from '../market-data/decimal.ts';
import type { Side } from '../outcomes/plan.ts';
import { canonicalJson } from '../platform/canonical-json.ts';
import { InvalidInput } from '../platform/errors.ts';
import type { SignalEventBody, SignalEventType } from './signal-event.ts';

/** Which events a client wants. Members of one node must all hold; a list holds when one of its values does; empty means everything. */
export type SignalFilter = {
  readonly and?: readonly SignalFilter[];
  readonly or?: readonly SignalFilter[];
  readonly not?: SignalFilter;
  readonly instruments?: readonly string[];
  readonly mic?: readonly string[];
  readonly sides?: readonly Side[];
  readonly models?: readonly string[];
  readonly minConfidence?: string;
  readonly timeframes?: readonly Timeframe[];
  readonly eventTypes?: readonly SignalEventType[];
  readonly onlyActionable?: boolean;
};

const LISTS = ['instruments', 'mic', 'sides', 'models', 'timeframes', 'eventTypes'] as const;
const MAX_DEPTH = 5;
const MAX_NODES = 50;
const MAX_VALUES = 1_000;

/** The same wish always has the same form: lists sorted and without repeats, what is not asked for left out. Refuses what is too large. */
export function normaliseFilter(filter: SignalFilter): SignalFilter {
  const budget = { nodes: 0, values: 0 };
  return normalise(filter, 1, budget);
}

function normalise(filter: SignalFilter, depth: number, budget: { nodes: number; values: number }): SignalFilter {
  budget.nodes += 1;
  if (depth > MAX_DEPTH) throw new InvalidInput('filter', `${depth} levels`, `at most ${MAX_DEPTH} levels`);
  if (budget.nodes > MAX_NODES) throw new InvalidInput('filter', `${budget.nodes} nodes`, `at most ${MAX_NODES} nodes`);
  const lists = LISTS.flatMap((name) => {
    const values = filter[name];
    budget.values += values?.length ?? 0;
    return values == null ? [] : [[name, [...new Set(values)].sort()] as const];
  });
  if (budget.values > MAX_VALUES)
    throw new InvalidInput('filter', `${budget.values} values`, `at most ${MAX_VALUES} values`);
  const inner = (node: SignalFilter): SignalFilter => normalise(node, depth + 1, budget);
  const all = (nodes: readonly SignalFilter[]): SignalFilter[] => withoutRepeats(nodes.map(inner));
  return {
    ...Object.fromEntries(lists),
    ...(filter.and == null ? {} : { and: all(filter.and) }),
    ...(filter.or == null ? {} : { or: all(filter.or) }),
    ...(filter.not == null ? {} : { not: inner(filter.not) }),
    ...(filter.minConfidence == null ? {} : { minConfidence: probability(filter.minConfidence) }),
    ...(filter.onlyActionable === true ? { onlyActionable: true } : {}),
  };
}

/** Nodes in the order of their text: which of them comes first means nothing. */
function withoutRepeats(nodes: readonly SignalFilter[]): SignalFilter[] {
  const byText = new Map(nodes.map((node) => [canonicalJson(node), node]));
  return [...byText].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, node]) => node);
}

function probability(text: string): string {
  const decimal = canonicalDecimal(text);
  if (decimal !== null && Number(decimal) <= 1) return decimal;
  throw new InvalidInput('filter.minConfidence', text, 'a decimal from 0 to 1 with at most 18 digits after its point');
}

/** Names a filter in a cursor: a cursor of one filter does not continue another. */
export function filterHash(normalised: SignalFilter): string {
  return createHash('sha256').update(canonicalJson(normalised)).digest('base64url').slice(0, 16);
}

/** Does this event belong to what was asked for? `now` is the clock of the data; only onlyActionable looks at it. */
export function matches(filter: SignalFilter, event: SignalEventBody, now: number): boolean {
  const { facts } = event;
  const has = <T>(list: readonly T[] | undefined, value: T): boolean => list === undefined || list.includes(value);
  return (
    has(filter.instruments, facts.instrumentId) &&
    has(filter.mic, facts.mic) &&
    has(filter.sides, facts.side) &&
    has(filter.models, facts.modelVersionId) &&
    has(filter.timeframes, facts.timeframe) &&
    has(filter.eventTypes, event.type) &&
    (filter.minConfidence === undefined || Number(facts.confidence) >= Number(filter.minConfidence)) &&
    (filter.onlyActionable !== true || (event.type === 'PUBLISHED' && Date.parse(facts.expiresAt) > now)) &&
    (filter.and === undefined || filter.and.every((node) => matches(node, event, now))) &&
    (filter.or === undefined || filter.or.some((node) => matches(node, event, now))) &&
    (filter.not === undefined || !matches(filter.not, event, now))
  );
}
