import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { type Catalogue, catalogue } from './catalogue.ts';
import { type Family, type LabelsOf, labelsAtStart } from './family.ts';

export type CounterHandle<Labels> = { inc(...args: [...LabelArgument<Labels>, by?: number]): void };
export type GaugeHandle<Labels> = CounterHandle<Labels> & {
  dec(...args: [...LabelArgument<Labels>, by?: number]): void;
  set(...args: [...LabelArgument<Labels>, value: number]): void;
  /** Of what is no more: its series ends. */
  remove(...args: LabelArgument<Labels>): void;
};
export type HistogramHandle<Labels> = { observe(...args: [...LabelArgument<Labels>, value: number]): void };

/** A family without labels takes no label argument. */
type LabelArgument<Labels> = keyof Labels extends never ? [] : [labels: Labels];

type HandleOf<F extends Family> = F['type'] extends 'counter'
  ? CounterHandle<LabelsOf<F>>
  : F['type'] extends 'gauge'
    ? GaugeHandle<LabelsOf<F>>
    : HistogramHandle<LabelsOf<F>>;

/** One handle a family, and the page that Prometheus reads. */
export type Metrics = { readonly [Key in keyof Catalogue]: HandleOf<Catalogue[Key]> } & {
  readonly contentType: string;
  /** Runs before every scrape, for gauges that are cheaper to look up than to keep. What it throws fails the scrape. */
  beforeScrape(refresh: () => void | Promise<void>): void;
  /** The text format of Prometheus. */
  render(): Promise<string>;
};

export type MetricsOptions = {
  /** Also the process metrics of prom-client: CPU, memory, event loop, garbage collection. Once a process. */
  readonly withProcess?: boolean;
};

/** A registry of its own with every family of the catalogue; closed label sets start at zero. */
export function createMetrics({ withProcess = false }: MetricsOptions = {}): Metrics {
  const registry = new Registry();
  const refreshers: (() => void | Promise<void>)[] = [];
  if (withProcess) collectDefaultMetrics({ register: registry });

  const handles = Object.fromEntries(
    Object.entries(catalogue).map(([key, family]) => [key, register(family, registry)]),
  );
  return {
    // The loop made one handle for each key, of the class that its type names; the compiler cannot follow that.
    ...(handles as { readonly [Key in keyof Catalogue]: HandleOf<Catalogue[Key]> }),
    contentType: registry.contentType,
    beforeScrape: (refresh) => {
      refreshers.push(refresh);
    },
    render: async () => {
      for (const refresh of refreshers) await refresh();
      return registry.metrics();
    },
  };
}

function register(family: Family, registry: Registry): unknown {
  const { name, help } = family;
  const options = { name, help, labelNames: Object.keys(family.labels), registers: [registry] };
  const atStart = labelsAtStart(family);

  if (family.type === 'histogram') {
    const histogram = new Histogram({ ...options, buckets: [...family.buckets] });
    for (const labels of atStart) histogram.zero(labels);
    return histogram;
  }
  const instance = family.type === 'counter' ? new Counter(options) : new Gauge(options);
  for (const labels of atStart) instance.inc(labels, 0);
  return instance;
}
