import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import type { Config } from '../config/config.ts';
import { nameOf } from '../names.ts';

export type OversightArgs = Pick<Config, 'stack' | 'project' | 'operators' | 'alertEmail' | 'budget'>;

/** What those who run the service may look at. Changes go through this program. */
const operatorRoles = [
  'roles/container.clusterViewer',
  'roles/logging.viewer',
  'roles/monitoring.viewer',
  'roles/cloudsql.viewer',
] as const;

/** Whose reads are kept too, beside the changes that always are: what holds secrets and data. */
const audited = ['secretmanager', 'cloudkms', 'cloudsql', 'storage'] as const;

/** Who looks on, what is written down, and who is told when it costs too much. */
export class Oversight extends ComponentResource {
  /** Who is told what the cloud itself finds wrong. */
  readonly channels: readonly Output<string>[];

  constructor(name: string, args: OversightArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Oversight', name, {}, options);
    const child = { parent: this };
    const { project, operators } = args;
    for (const service of audited) {
      const auditLogConfigs = ['DATA_READ', 'DATA_WRITE'].map((logType) => ({ logType }));
      new gcp.projects.IAMAuditConfig(
        `${name}-${service}`,
        { project, service: `${service}.googleapis.com`, auditLogConfigs },
        child,
      );
    }
    for (const role of operators === undefined ? [] : operatorRoles) {
      const short = role.slice(role.lastIndexOf('/') + 1).replaceAll('.', '-');
      new gcp.projects.IAMMember(`${name}-${short}`, { project, role, member: operators ?? '' }, child);
    }
    // Past Identity-Aware Proxy, behind which are the dashboards and nothing else.
    if (operators !== undefined) {
      const role = 'roles/iap.httpsResourceAccessor';
      new gcp.iap.WebIamMember(`${name}-dashboards`, { project, role, member: operators }, child);
    }
    const channels = channelsOf(name, args, this);
    this.channels = channels.map(({ id }) => id);
    if (args.budget) budget(name, { ...args, budget: args.budget }, channels, this);
    this.registerOutputs({});
  }
}

function channelsOf(name: string, { stack, alertEmail }: OversightArgs, parent: ComponentResource) {
  if (alertEmail === undefined) return [];
  const settings = { displayName: nameOf(stack), type: 'email', labels: { email_address: alertEmail } };
  return [new gcp.monitoring.NotificationChannel(name, settings, { parent })];
}

type Channels = readonly gcp.monitoring.NotificationChannel[];

function budget(
  name: string,
  args: OversightArgs & { budget: NonNullable<Config['budget']> },
  channels: Channels,
  parent: ComponentResource,
): void {
  new gcp.billing.Budget(
    name,
    {
      displayName: nameOf(args.stack),
      billingAccount: args.budget.account,
      amount: { specifiedAmount: { units: String(args.budget.amount) } },
      budgetFilter: { projects: [`projects/${args.project}`] },
      thresholdRules: [
        { thresholdPercent: 0.5 },
        { thresholdPercent: 0.9 },
        { thresholdPercent: 1 },
        { thresholdPercent: 1, spendBasis: 'FORECASTED_SPEND' },
      ],
      allUpdatesRule: {
        monitoringNotificationChannels: channels.map(({ id }) => id),
        disableDefaultIamRecipients: false,
      },
    },
    { parent },
  );
}
