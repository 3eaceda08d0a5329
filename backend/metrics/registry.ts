import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  Histogram,
  type OpenMetricsContentType,
  type PrometheusContentType,
  Registry,
} from 'prom-client';
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
  /** The page in OpenMetrics, which alone has exemplars; null where there are none. */
  readonly openMetrics: { readonly contentType: string; render(): Promise<string> } | null;
  /** Runs before every scrape, for gauges that are cheaper to look up than to keep. What it throws fails the scrape. */
  beforeScrape(refresh: () => void | Promise<void>): void;
  /** The text format of Prometheus. */
  render(): Promise<string>;
};

export type MetricsOptions = {
  /** Also the process metrics of prom-client: CPU, memory, event loop, garbage collection. Once a process. */
  readonly withProcess?: boolean;
  /** The trace that an observation belongs to, where traces are on. */
  readonly traceId?: () => string | undefined;
};

/** A registry of its own with every family of the catalogue; closed label sets start at zero. */
export function createMetrics({ withProcess = false, traceId }: MetricsOptions = {}): Metrics {
  // Exemplars are kept only for a registry that can show them.
  const registry = traceId === undefined ? new Registry() : openMetricsRegistry();
  const refreshers: (() => void | Promise<void>)[] = [];
  if (withProcess) collectDefaultMetrics({ register: registry });

  const handles = Object.fromEntries(
    Object.entries(catalogue).map(([key, family]) => [key, register(family, registry, traceId)]),
  );
  const plain = traceId === undefined ? registry : inPlainFormat(registry);
  const pageOf = (shown: AnyRegistry) => ({
    contentType: shown.contentType,
    render: async () => {
      for (const refresh of refreshers) await refresh();
      return pageOfAll(shown);
    },
  });
  return {
    // The loop made one handle for each key, of the class that its type names; the compiler cannot follow that.
    ...(handles as { readonly [Key in keyof Catalogue]: HandleOf<Catalogue[Key]> }),
    ...pageOf(plain),
    openMetrics: traceId === undefined ? null : pageOf(registry),
    beforeScrape: (refresher) => {
      refreshers.push(refresher);
    },
  };
}

type AnyRegistry = Registry<PrometheusContentType> | Registry<OpenMetricsContentType>;

function openMetricsRegistry(): Registry<OpenMetricsContentType> {
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
  return registry;
}

/** The library takes `_total` from the names of counters while it begins a page in OpenMetrics, and leaves them so for the plain one. */
function pageOfAll(registry: AnyRegistry): Promise<string> {
  const named = registry.getMetricsAsArray().map((metric) => ({ metric, name: metric.name }));
  const page = registry.metrics();
  for (const { metric, name } of named) metric.name = name;
  return page;
}

/** The same families in the plain format: a registry has one. */
function inPlainFormat(registry: AnyRegistry): Registry {
  const plain = new Registry();
  for (const { name } of registry.getMetricsAsArray()) {
    const metric = registry.getSingleMetric(name);
    if (metric !== undefined) plain.registerMetric(metric);
  }
  return plain;
}

function register(family: Family, registry: AnyRegistry, traceId: MetricsOptions['traceId']): unknown {
  const { name, help } = family;
  const options = { name, help, labelNames: Object.keys(family.labels), registers: [registry] };
  const atStart = labelsAtStart(family);

  if (family.type === 'histogram') {
    const enableExemplars = traceId !== undefined && family.exemplars === true;
    const histogram = new Histogram({ ...options, buckets: [...family.buckets], enableExemplars });
    for (const labels of atStart) histogram.zero(labels);
    return enableExemplars ? withExemplars(histogram, traceId) : histogram;
  }
  const instance = family.type === 'counter' ? new Counter(options) : new Gauge(options);
  for (const labels of atStart) instance.inc(labels, 0);
  return instance;
}

/** What the library is told of an observation when it keeps exemplars. */
function withExemplars(
  histogram: Histogram,
  traceId: () => string | undefined,
): HistogramHandle<Record<string, string>> {
  return {
    observe: (labels, value) => {
      const id = traceId();
      histogram.observe({ labels, value, exemplarLabels: id === undefined ? {} : { trace_id: id } });
    },
  };
}
