import * as k8s from '@pulumi/kubernetes';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import { catalogue } from '../../backend/metrics/catalogue.ts';
import { marketHours, onWeekdays } from '../arithmetic/market-hours.ts';
import type { DeployedRole, WorkloadSize } from '../config/sizes.ts';

export type ScalerArgs = {
  readonly role: DeployedRole;
  readonly size: WorkloadSize;
  /** Where queries of Prometheus are answered; without it, and without KEDA, CPU alone decides. */
  readonly figures: string | undefined;
};

type Metadata = { readonly name: string; readonly namespace: string; readonly labels: { [key: string]: string } };
type Trigger = {
  readonly type: 'cpu' | 'prometheus' | 'cron';
  readonly name: string;
  readonly metricType?: 'Utilization' | 'AverageValue' | 'Value';
  readonly metadata: Readonly<Record<string, string>>;
};

const CPU_PERCENT = 70;
/** How many open subscriptions one pod is meant to carry. */
const SUBSCRIPTIONS_A_POD = 2_000;
/** The rung of the ladder of latencies on which more pods come; seconds, at the 95th percentile. */
const SLOW_SECONDS = 0.5;
/** Jobs that are due and that nobody has begun, and how long the first of them may wait, in seconds. */
const QUEUE_DEPTH = 100;
const QUEUE_AGE_SECONDS = 300;
/** Whoever follows the market comes before it opens, and stays until its last signal is settled. */
const BEFORE_OPEN_MINUTES = 30;
const AFTER_CLOSE_MINUTES = 15;

/** The one thing that says how many pods of a role there are: nothing where there is nothing to choose. */
export function scaler(name: string, metadata: Metadata, args: ScalerArgs, options: CustomResourceOptions): void {
  const chosen = scalerOf(args);
  if (chosen?.kind === 'HorizontalPodAutoscaler')
    new k8s.autoscaling.v2.HorizontalPodAutoscaler(name, { metadata, spec: chosen.spec }, options);
  if (chosen?.kind === 'ScaledObject')
    new k8s.apiextensions.CustomResource(name, { apiVersion: 'keda.sh/v1alpha1', metadata, ...chosen }, options);
}

/** What it is, and what it goes by. */
export function scalerOf(args: ScalerArgs) {
  const { role, size, figures } = args;
  if (size.minReplicas === size.maxReplicas) return null;
  const more = figures === undefined ? [] : (triggers[role]?.(size, figures) ?? []);
  return more.length === 0
    ? ({ kind: 'HorizontalPodAutoscaler', spec: byCpu(args) } as const)
    : ({ kind: 'ScaledObject', spec: byAll(args, more) } as const);
}

/** Beside CPU, by role. */
const triggers: { readonly [R in DeployedRole]?: (size: WorkloadSize, figures: string) => readonly Trigger[] } = {
  api: (size, figures) => [
    query('subscriptions', figures, `sum(${ofRole('api', catalogue.subscriptionsActive.name)})`, SUBSCRIPTIONS_A_POD),
    {
      ...query('latency', figures, slowest(), SLOW_SECONDS),
      // One figure for all of them: it falls as pods come, not in proportion to them.
      metricType: 'Value',
    },
    marketOpen(size),
  ],
  worker: (_size, figures) => [
    query('queue-depth', figures, `sum(max by (queue) (${inService(catalogue.queueDepth.name)}))`, QUEUE_DEPTH),
    {
      ...query('queue-age', figures, `max(${inService(catalogue.queueOldestJobAge.name)})`, QUEUE_AGE_SECONDS),
      metricType: 'Value',
    },
  ],
};

function query(name: string, serverAddress: string, text: string, threshold: number): Trigger {
  // Nothing to read is no reason to go down: after a few times the pods stay as many as they are.
  const metadata = { serverAddress, query: text, threshold: String(threshold), ignoreNullValues: 'false' };
  return { type: 'prometheus', name, metricType: 'AverageValue', metadata };
}

const ofRole = (role: DeployedRole, metric: string) => `${metric}{job="heliograph", role="${role}"}`;
const inService = (metric: string) => `${metric}{job="heliograph"}`;

/** Of the requests that were answered, less probes; 0 while there are none. */
function slowest(): string {
  const { name } = catalogue.httpRequestDuration;
  const rate = `sum by (le) (rate(${name}_bucket{job="heliograph", endpoint!~"/livez|/readyz|/startupz"}[2m]))`;
  return `(histogram_quantile(0.95, ${rate}) > 0) or vector(0)`;
}

/** Half of what there may be, at least, while the market is open, and from before it opens. */
function marketOpen({ minReplicas, maxReplicas }: WorkloadSize): Trigger {
  const { timeZone, opens, closes } = marketHours('XNYS');
  const desired = Math.max(minReplicas, Math.ceil(maxReplicas / 2));
  return {
    type: 'cron',
    name: 'market',
    metadata: {
      timezone: timeZone,
      start: onWeekdays(opens - BEFORE_OPEN_MINUTES),
      end: onWeekdays(closes + AFTER_CLOSE_MINUTES),
      desiredReplicas: String(desired),
    },
  };
}

/** Up at once, down slowly: whoever is subscribed to a pod that goes must come back somewhere else. */
const behavior = {
  scaleUp: { stabilizationWindowSeconds: 0, policies: [{ type: 'Percent', value: 100, periodSeconds: 30 }] },
  scaleDown: { stabilizationWindowSeconds: 600, policies: [{ type: 'Pods', value: 1, periodSeconds: 120 }] },
};

function byAll({ role, size }: ScalerArgs, more: readonly Trigger[]) {
  const metadata = { value: String(CPU_PERCENT), containerName: role };
  const cpu: Trigger = { type: 'cpu', name: 'cpu', metricType: 'Utilization', metadata };
  return {
    scaleTargetRef: { name: role },
    minReplicaCount: size.minReplicas,
    maxReplicaCount: size.maxReplicas,
    pollingInterval: 15,
    fallback: { failureThreshold: 4, replicas: size.minReplicas, behavior: 'currentReplicasIfHigher' },
    advanced: { restoreToOriginalReplicaCount: false, horizontalPodAutoscalerConfig: { behavior } },
    triggers: [cpu, ...more],
  };
}

function byCpu({ role, size }: ScalerArgs): k8s.types.input.autoscaling.v2.HorizontalPodAutoscalerSpec {
  const target = { type: 'Utilization', averageUtilization: CPU_PERCENT };
  return {
    scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: role },
    minReplicas: size.minReplicas,
    maxReplicas: size.maxReplicas,
    metrics: [{ type: 'ContainerResource', containerResource: { name: 'cpu', container: role, target } }],
    behavior,
  };
}
