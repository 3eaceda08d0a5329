import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import type { Config } from '../config/config.ts';
import { nameOf } from '../names.ts';
import { operatorPermissions, operatorRoles } from './operator-rights.ts';

export type OversightArgs = Pick<Config, 'stack' | 'project' | 'operators' | 'alertEmail' | 'budget'>;

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
    if (operators !== undefined) letIn(name, { ...args, operators }, this);
    const channels = channelsOf(name, args, this);
    this.channels = channels.map(({ id }) => id);
    if (args.budget) budget(name, { ...args, budget: args.budget }, channels, this);
    this.registerOutputs({});
  }
}

/** Whoever runs the service: what runbooks tell them to do, and the dashboards. Changes of the platform go through this program. */
function letIn(
  name: string,
  { stack, project, operators: member }: OversightArgs & { operators: string },
  parent: ComponentResource,
): void {
  const grant = (short: string, role: Input<string>) =>
    new gcp.projects.IAMMember(`${name}-${short}`, { project, role, member }, { parent });
  for (const role of Object.keys(operatorRoles))
    grant(role.slice(role.lastIndexOf('/') + 1).replaceAll('.', '-'), role);
  const own = new gcp.projects.IAMCustomRole(
    `${name}-operator`,
    {
      project,
      roleId: nameOf(stack, 'operator').replaceAll('-', '_'),
      title: `Operator of ${nameOf(stack)}`,
      description: 'What runbooks tell the person on call to do, where no role of Google gives just that.',
      permissions: Object.keys(operatorPermissions),
    },
    { parent },
  );
  grant('operator', own.name);
  // Past Identity-Aware Proxy, behind which are the dashboards and nothing else.
  const role = 'roles/iap.httpsResourceAccessor';
  new gcp.iap.WebIamMember(`${name}-dashboards`, { project, role, member }, { parent });
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
      // By its number: by its id it is taken, told by its number, and so wanted to be changed in each run.
      budgetFilter: { projects: [`projects/${args.budget.projectNumber}`] },
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
