import type { Dashboard, promql } from '../alerts/index.ts';
import type { Duration } from '../alerts/promql/index.ts';

/** A page of panels. Its name is the one by which alerts name it. */
export type Board = {
  readonly name: Dashboard;
  readonly title: string;
  /** For whom it is, and what it answers. */
  readonly purpose: string;
  /** How far back it looks when it is opened. */
  readonly span: Duration;
  readonly variables: readonly Variable[];
  readonly rows: readonly Row[];
};

/** Panels that answer one question together; what answers it first stands on the left. */
export type Row = { readonly question: string; readonly panels: readonly Panel[] };

export type Panel = Chart | Words;

export type Chart = Common & {
  readonly as: 'lines' | 'bars' | 'number' | 'table' | 'states' | 'heatmap' | 'levels';
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Red below it, where no alert draws a line. */
  readonly redBelow?: number;
  /** What a value means, where it is a state. */
  readonly meaning?: Readonly<Record<number, { readonly text: string; readonly colour: Colour }>>;
};

/** What needs no series: it is the same at every hour. */
export type Words = Common & { readonly as: 'words'; readonly markdown: string };

type Common = {
  /** After the name of the dashboard and a slash, what alerts call it. */
  readonly id: string;
  readonly title: string;
  /** What it shows and how to read it. */
  readonly description: string;
  /** Alerts whose reader needs it too, beside those that name it as theirs. */
  readonly helps?: readonly string[];
  /** Of 24. A third of the width when left out. */
  readonly width?: 6 | 8 | 12 | 16 | 24;
};

export type Query = {
  readonly of: promql.Vector<string>;
  /** In the notation of Grafana; in a table the name of the column. */
  readonly legend: string;
  /** Of a column, where it is another than that of the table. */
  readonly unit?: Unit;
};

/** The values of a label that the reader chooses among, for `{ pattern: '$name' }`. */
export type Variable = {
  readonly name: string;
  readonly title: string;
  readonly of: promql.Node;
  readonly label: string;
  /** The one that is chosen first; all of them when left out. */
  readonly first?: string;
};

export type Unit = keyof typeof UNITS;
export type Colour = 'red' | 'orange' | 'blue' | 'green' | 'grey';

/** Our units, and what Grafana calls them. Seconds of unix time are shown as what has passed since. */
export const UNITS = {
  seconds: 's',
  ratio: 'percentunit',
  bytes: 'bytes',
  'bytes a second': 'Bps',
  'requests a second': 'reqps',
  'events a second': 'cps',
  cores: 'short',
  count: 'short',
  state: 'none',
  'initial risk': 'none',
} as const;

/** A query whose legend can name only labels that its result has: `({ feed }) => feed`. */
export function query<L extends string>(
  of: promql.Vector<L>,
  legend: string | ((labels: Readonly<Record<L, string>>) => string),
  unit?: Unit,
): Query {
  const labels = Object.fromEntries(of.labels.map((label) => [label, `{{${label}}}`])) as Record<L, string>;
  return { of, legend: typeof legend === 'string' ? legend : legend(labels), ...(unit && { unit }) };
}

/** A variable by a label that the series has. */
export function variable<L extends string>(
  name: string,
  title: string,
  of: promql.Counter<L> | promql.Gauge<L>,
  label: NoInfer<L>,
  first?: string,
): Variable {
  return { name, title, of: of.select, label, ...(first !== undefined && { first }) };
}
