import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, interpolate, type Output } from '@pulumi/pulumi';
import { accountId, namespaces } from '../names.ts';
import { type Child, within } from './options.ts';

/** Reaches the database as itself, by its proxy. */
const database = ['roles/cloudsql.client', 'roles/cloudsql.instanceUser'] as const;
/** And the cache, by a token of its own. */
const stores = [...database, 'roles/memorystore.dbConnectionUser'] as const;

/** Everything in the cluster that has an identity in Google Cloud, and what it may do in the project. */
const workloads = {
  api: { what: 'Answers queries and subscriptions.', roles: stores },
  pipeline: { what: 'Takes bars in and publishes signals.', roles: stores },
  worker: { what: 'Runs scheduled jobs.', roles: stores },
  prepare: { what: 'Makes the roles of the database.', roles: database },
  migrate: { what: 'Owns the schema of the database.', roles: database },
} as const satisfies Record<string, { what: string; roles: readonly string[] }>;

export type Workload = keyof typeof workloads;

/** What watches the service: none of it may reach the database. */
const watchers = {
  alertmanager: { what: 'Tells people of alerts.', roles: [], namespace: namespaces.observability },
  frontend: {
    what: 'Reads figures for dashboards and scalers.',
    roles: ['roles/monitoring.viewer'],
    namespace: namespaces.observability,
  },
  synthetic: { what: 'Follows the signals as clients do.', roles: [], namespace: namespaces.service },
} as const satisfies Record<string, { what: string; roles: readonly string[]; namespace: string }>;

export type Watcher = keyof typeof watchers;

/** What a node needs of the project; what pods need they have themselves. */
const nodeRoles = ['roles/container.defaultNodeServiceAccount'] as const;

export type IdentityArgs = {
  readonly stack: string;
  readonly project: string;
  /** Whether a subscriber of our own is there. */
  readonly synthetic: boolean;
};

type Account = gcp.serviceaccount.Account;
type Accounts = Readonly<Record<Workload, Account>>;
type Watchers = Readonly<Record<Exclude<Watcher, 'synthetic'>, Account>> & {
  readonly synthetic: Account | undefined;
};

/** One account for each workload and one for the nodes. None has a key: a pod proves who it is by the cluster. */
export class Identity extends ComponentResource {
  readonly accounts: Accounts;
  readonly watchers: Watchers;
  readonly nodes: gcp.serviceaccount.Account;

  constructor(name: string, args: IdentityArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Identity', name, {}, options);
    const child = { parent: this };
    const account = (workload: string, what: string, roles: readonly string[]) => {
      const settings = {
        accountId: accountId(args.stack, workload),
        displayName: `Heliograph ${args.stack}: ${workload}`,
        description: what,
      };
      const made = new gcp.serviceaccount.Account(`${name}-${workload}`, settings, child);
      for (const role of roles) grant(name, { workload, role, project: args.project, member: made.member }, child);
      return made;
    };
    this.nodes = account('nodes', 'Nodes of the cluster.', nodeRoles);
    const each = (table: Readonly<Record<string, { what: string; roles: readonly string[] }>>) =>
      Object.fromEntries(Object.entries(table).map(([one, { what, roles }]) => [one, account(one, what, roles)]));
    this.accounts = each(workloads) as Accounts;
    const { synthetic, ...always } = watchers;
    this.watchers = each(args.synthetic ? { ...always, synthetic } : always) as Watchers;
    this.registerOutputs({});
  }

  /** Address of each workload's account. */
  get emails(): Readonly<Record<Workload, Output<string>>> {
    const { api, pipeline, worker, prepare, migrate } = this.accounts;
    return {
      api: api.email,
      pipeline: pipeline.email,
      worker: worker.email,
      prepare: prepare.email,
      migrate: migrate.email,
    };
  }

  /** `serviceAccount:ADDRESS` of each. */
  member(who: Workload | Watcher): Output<string> {
    const account = { ...this.accounts, ...this.watchers }[who];
    if (account === undefined) throw new Error(`${who} has no account in this stack`);
    return account.member;
  }
}

export type WorkloadIdentityArgs = {
  readonly project: string;
  readonly accounts: Accounts;
  readonly watchers: Watchers;
  /** Its pool of identities exists once a cluster has been there. */
  readonly cluster: gcp.container.Cluster;
};

/** Lets the Kubernetes account of each workload act as its account in Google Cloud. */
export class WorkloadIdentity extends ComponentResource {
  constructor(name: string, args: WorkloadIdentityArgs, options: ComponentResourceOptions) {
    super('heliograph:google:WorkloadIdentity', name, {}, options);
    const { project, cluster } = args;
    const places = [
      ...Object.entries(args.accounts).map(([workload, account]) => [namespaces.service, workload, account] as const),
      ...(Object.entries(args.watchers) as [Watcher, Account][]).map(
        ([one, account]) => [watchers[one].namespace, one, account] as const,
      ),
    ];
    for (const [namespace, workload, account] of places) {
      const member = interpolate`serviceAccount:${project}.svc.id.goog[${namespace}/${workload}]`;
      const binding = { serviceAccountId: account.name, role: 'roles/iam.workloadIdentityUser', member };
      new gcp.serviceaccount.IAMMember(`${name}-${workload}`, binding, {
        ...within({ parent: this }, account),
        dependsOn: cluster,
      });
    }
    this.registerOutputs({});
  }
}

function grant(
  name: string,
  args: { workload: string; role: string; project: string; member: Output<string> },
  child: Child,
): void {
  const short = args.role.slice(args.role.lastIndexOf('/') + 1).replaceAll('.', '-');
  const { project, role, member } = args;
  new gcp.projects.IAMMember(`${name}-${args.workload}-${short}`, { project, role, member }, child);
}
