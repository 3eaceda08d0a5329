import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { probes } from '../../backend/roles.ts';
import { nameOf } from '../names.ts';
import { type Alert, alerts, uptimeAlert } from './alert-table.ts';
import type { Child } from './options.ts';

export type AlertsArgs = {
  readonly stack: string;
  readonly project: string;
  readonly domain: string;
  /** Who is told. */
  readonly channels: readonly Output<string>[];
  /** Whether the service runs here: what does not run is not asked whether it is well. */
  readonly served: boolean;
};

/** What lives outside the cluster, watched from outside it: of the service itself its own rules tell more. */
export class Alerts extends ComponentResource {
  constructor(name: string, args: AlertsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Alerts', name, {}, options);
    const child = { parent: this };
    for (const alert of alerts(nameOf(args.stack))) policy(`${name}-${alert.name}`, alert, args, child);
    if (args.served) watchFromOutside(name, args, child);
    this.registerOutputs({});
  }
}

/** Asked from several continents once a minute, as a client would: name, certificate, load balancer and a pod that is ready. */
function watchFromOutside(name: string, args: AlertsArgs, child: Child): void {
  const { stack, project, domain } = args;
  const check = new gcp.monitoring.UptimeCheckConfig(
    name,
    {
      displayName: nameOf(stack),
      timeout: '10s',
      period: '60s',
      checkerType: 'STATIC_IP_CHECKERS',
      httpCheck: { path: probes.ready, port: 443, useSsl: true, validateSsl: true },
      monitoredResource: { type: 'uptime_url', labels: { project_id: project, host: domain } },
    },
    child,
  );
  policy(`${name}-unreachable`, uptimeAlert(check.uptimeCheckId), args, child);
}

function policy(
  logicalName: string,
  { title, filter, above, below, for: duration, aligner, reducer, severity, loss }: Alert,
  { stack, channels }: AlertsArgs,
  child: Child,
): void {
  const aggregation = {
    alignmentPeriod: '300s',
    perSeriesAligner: aligner,
    ...(reducer ? { crossSeriesReducer: reducer } : {}),
  };
  const limit =
    above === undefined
      ? { comparison: 'COMPARISON_LT', thresholdValue: below ?? 0 }
      : { comparison: 'COMPARISON_GT', thresholdValue: above };
  const settings: gcp.monitoring.AlertPolicyArgs = {
    displayName: `${nameOf(stack)}: ${title}`,
    combiner: 'OR',
    severity,
    conditions: [
      { displayName: title, conditionThreshold: { filter, duration, aggregations: [aggregation], ...limit } },
    ],
    documentation: { content: loss, mimeType: 'text/markdown' },
    notificationChannels: [...channels] satisfies Input<string>[],
    alertStrategy: { autoClose: '1800s' },
  };
  new gcp.monitoring.AlertPolicy(logicalName, settings, child);
}
