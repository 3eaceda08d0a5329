import { type Role, roles } from '../roles.ts';

/** One metric family of this service. A closed label lists its values; an open one says where they come from. */
export type Family = CounterFamily | GaugeFamily | HistogramFamily;

export type CounterFamily = Common & { readonly type: 'counter' };
export type GaugeFamily = Common & {
  readonly type: 'gauge';
  /** For what only some processes have: zero would say that it is broken. */
  readonly absentAtStart?: true;
};
export type HistogramFamily = Common & {
  readonly type: 'histogram';
  readonly buckets: readonly number[];
  /** Whether an observation in a trace says which, where traces are on. */
  readonly exemplars?: true;
};

type Common = {
  readonly name: string;
  /** What one step of the value is. Base units only: seconds, bytes, ratio, or the things that are counted. */
  readonly unit: string;
  readonly help: string;
  readonly labels: Readonly<Record<string, Label>>;
  /** The folder of backend/ that emits it. */
  readonly owner: Owner;
  /** The roles in which it says something, where they are not those of its owner; others show its zeros at most. */
  readonly roles?: readonly Role[];
};

export type Owner =
  | 'platform'
  | 'access'
  | 'log'
  | 'market-data'
  | 'models'
  | 'signals'
  | 'outcomes'
  | 'delivery'
  | 'operations'
  | 'graphql';
export type Label = Closed<string> | Open;

type Closed<Value extends string> = readonly Value[];
type Open = { readonly from: string; readonly atMost: number; readonly startAtZero: readonly string[] };

/** The values of the label; no other compiles. */
export function closed<const Value extends string>(...values: readonly Value[]): Closed<Value> {
  return values;
}

/** A label whose few values are known only at run time, and how many there can be: of ours that is always said. Never a symbol, a user or an id. */
export function open(from: string, atMost: number = Number.POSITIVE_INFINITY, ...startAtZero: readonly string[]): Open {
  return { from, atMost, startAtZero };
}

/** What an emitter must give for each label. */
export type LabelsOf<F extends Family> = {
  readonly [Name in keyof F['labels']]: F['labels'][Name] extends Closed<infer Value> ? Value : string;
};

/** All but the one that looks at the others from outside. */
const SERVING = (Object.keys(roles) as Role[]).filter((role) => role !== 'synthetic');
const ANSWERING = ['api', 'all'] as const satisfies readonly Role[];
const DECIDING = ['pipeline', 'all'] as const satisfies readonly Role[];

const rolesOfOwner: Readonly<Record<Owner, readonly Role[]>> = {
  platform: SERVING,
  operations: SERVING,
  access: ANSWERING,
  graphql: ANSWERING,
  delivery: ANSWERING,
  log: DECIDING,
  'market-data': DECIDING,
  models: DECIDING,
  signals: DECIDING,
  outcomes: DECIDING,
};

/** The roles in which a family says something. */
export function rolesOf({ roles: named, owner }: Family): readonly Role[] {
  return named ?? rolesOfOwner[owner];
}

/** How many series of it one process can have: every value of each label with every one of the others. */
export function seriesAtMost(family: Family): number {
  const sets = Object.values(family.labels).reduce((product, label) => product * valuesAtMost(label), 1);
  // Each bucket, that of all values, their sum and their count.
  return family.type === 'histogram' ? sets * (family.buckets.length + 3) : sets;
}

function valuesAtMost(label: Label): number {
  return 'from' in label ? label.atMost : label.length;
}

/**
 * The label sets that exist from the start, so that a rate over "nothing yet" is 0 and not absent. Gauges of instants and facts
 * have none: a bar that arrived in 1970 would be a lie.
 */
export function labelsAtStart(family: Family): Record<string, string>[] {
  if (family.type === 'gauge' && (family.absentAtStart || family.unit === 'unix seconds' || family.unit === 'info'))
    return [];
  return Object.entries(family.labels).reduce<Record<string, string>[]>(
    (sets, [name, label]) => sets.flatMap((set) => valuesAtStart(label).map((value) => ({ ...set, [name]: value }))),
    [{}],
  );
}

function valuesAtStart(label: Label): readonly string[] {
  return 'from' in label ? label.startAtZero : label;
}
