import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';

/** The interfaces of Google Cloud that the program calls. Those that turn interfaces on are turned on by `infra/bootstrap`. */
const apis = [
  'artifactregistry',
  'billingbudgets',
  'binaryauthorization',
  'certificatemanager',
  'cloudkms',
  'compute',
  'container',
  'containeranalysis',
  'dns',
  'gkebackup',
  'iam',
  'iamcredentials',
  'iap',
  'logging',
  'memorystore',
  'monitoring',
  'networkconnectivity',
  'pubsub',
  'secretmanager',
  'serviceconsumermanagement',
  'servicedirectory',
  'sqladmin',
  'storage',
  'sts',
] as const;

/** Services that act in our name: their accounts exist only once asked for, and encrypt with our keys only once allowed. */
const agents = ['artifactregistry', 'gkebackup', 'memorystore', 'pubsub', 'secretmanager', 'sqladmin'] as const;

export type AgentOf = (typeof agents)[number];

export type ProjectServicesArgs = {
  /** Id of the project. */
  readonly project: string;
};

/** The interfaces of the project. Nothing else is made before they are on; nothing turns them off, for other stacks may need them. */
export class ProjectServices extends ComponentResource {
  /** `serviceAccount:ADDRESS` of each agent. */
  readonly agents: Readonly<Record<AgentOf, Output<string>>>;

  constructor(name: string, args: ProjectServicesArgs, options: ComponentResourceOptions) {
    super('heliograph:google:ProjectServices', name, {}, options);
    const child = { parent: this };
    const { project } = args;

    const services = new Map(
      apis.map((api) => {
        const service = `${api}.googleapis.com`;
        const settings = { project, service, disableOnDestroy: false, disableDependentServices: false };
        return [api, new gcp.projects.Service(`${name}-${api}`, settings, child)] as const;
      }),
    );
    const identities = agents.map((agent) => {
      const on = services.get(agent) ?? [];
      const settings = { project, service: `${agent}.googleapis.com` };
      return [
        agent,
        new gcp.projects.ServiceIdentity(`${name}-agent-${agent}`, settings, { ...child, dependsOn: on }).member,
      ] as const;
    });
    this.agents = Object.fromEntries(identities) as Record<AgentOf, Output<string>>;
    this.registerOutputs({});
  }
}
