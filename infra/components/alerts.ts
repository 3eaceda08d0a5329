import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { probes } from '../../backend/roles.ts';
import { dashboardsHost, nameOf } from '../names.ts';
import { type Policy, policies } from '../observability/policies.ts';
import type { Child } from './options.ts';

export type AlertsArgs = {
  readonly stack: string;
  readonly project: string;
  readonly domain: string;
  /** The instance that is written to. */
  readonly database: string;
  /** Below which runbooks/ is served; empty where it is not. */
  readonly pages: string;
  /** Who is told. */
  readonly channels: readonly Output<string>[];
  /** Whether the service runs here: what does not run is not asked whether it is well. */
  readonly served: boolean;
};

/** What alerts/ says of what lives outside the cluster, watched from outside it: of the service itself its own rules tell more. */
export class Alerts extends ComponentResource {
  constructor(name: string, args: AlertsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Alerts', name, {}, options);
    const { stack, domain, database, pages, served } = args;
    const child = { parent: this };
    const links = { dashboards: `https://${dashboardsHost(domain)}`, pages };
    const check = served ? askedFromOutside(name, args, child) : undefined;
    for (const policy of policies({ stack: nameOf(stack), domain, database }, links)) {
      if (policy.watches === 'platform' || check)
        new gcp.monitoring.AlertPolicy(`${name}-${policy.id}`, settingsOf(policy, args), child);
    }
    this.registerOutputs({});
  }
}

/** Asked from several continents once a minute, as a client would: name, certificate, load balancer and a pod that is ready. */
function askedFromOutside(
  name: string,
  { stack, project, domain }: AlertsArgs,
  child: Child,
): gcp.monitoring.UptimeCheckConfig {
  return new gcp.monitoring.UptimeCheckConfig(
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
}

const SEVERITIES = { page: 'CRITICAL', ticket: 'WARNING' } as const;

function settingsOf(policy: Policy, { stack, channels }: AlertsArgs): gcp.monitoring.AlertPolicyArgs {
  const { alert, about, severity, summary, reason, query, interval, dashboard_url, runbook_url } = policy;
  const title = about === undefined ? alert : `${alert} (${about})`;
  const condition = {
    query,
    duration: `${policy.for}s`,
    evaluationInterval: `${interval}s`,
    alertRule: alert,
    // Of a stack that is being made nothing has told anything yet.
    disableMetricValidation: true,
  };
  return {
    displayName: `${nameOf(stack)}: ${title}`,
    combiner: 'OR',
    severity: SEVERITIES[severity],
    conditions: [{ displayName: title, conditionPrometheusQueryLanguage: condition }],
    documentation: {
      content: `${summary}\n\nWhat to do: ${runbook_url}\n\nWhat it looks like: ${dashboard_url}\n\nWhy this line: ${reason}`,
      mimeType: 'text/markdown',
      subject: `${nameOf(stack)}: ${summary}`,
    },
    notificationChannels: [...channels] satisfies Input<string>[],
    alertStrategy: { autoClose: '1800s' },
  };
}
