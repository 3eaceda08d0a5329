import type * as gcp from '@pulumi/gcp';
import type { ComponentResourceOptions, Input, Resource } from '@pulumi/pulumi';
import { roomFor } from '../../arithmetic/quota.ts';
import type { Edge } from '../../components/edge.ts';
import type { Identity } from '../../components/identity.ts';
import type { MountedSecret } from '../../components/secrets.ts';
import type { Config } from '../../config/config.ts';
import { referenceOf, type Upstream } from '../../config/images.ts';
import { dashboardsHost, namespaces } from '../../names.ts';
import { alertmanagerConfig } from '../../observability/alertmanager.ts';
import { dashboards, withPages } from '../../observability/dashboards.ts';
import { Namespace } from '../namespace.ts';
import { StorageClass } from '../storage-class.ts';
import { Alertmanager } from './alertmanager.ts';
import { Frontend, url } from './frontend.ts';
import { Grafana } from './grafana.ts';
import { observabilityPolicies } from './policies.ts';
import { WayIn } from './way-in.ts';

export type ObservabilityArgs = {
  readonly cluster: gcp.container.Cluster;
  /** Without these no pod comes up. */
  readonly ready: readonly Resource[];
  readonly identity: Identity;
  readonly edge: Edge;
  readonly secrets: readonly MountedSecret[];
  /** Where copies of others' images are. */
  readonly copies: Readonly<Record<Upstream, string>>;
  /** Encrypts disks. */
  readonly key: Input<string> | undefined;
};

/** What watches the service: its namespace always, and each part once its image is there. */
export function observability(config: Config, args: ObservabilityArgs, options: ComponentResourceOptions): void {
  const { project, domain, images, sizes } = config;
  const { watchers } = sizes;
  const { cluster, identity, edge, copies } = args;
  const namespace = new Namespace(
    'observability',
    {
      namespace: namespaces.observability,
      most: roomFor([watchers.alertmanager, watchers.frontend, watchers.grafana]),
      policies: observabilityPolicies(),
      cluster,
    },
    options,
  );
  const inside = { ...options, dependsOn: [namespace, ...args.ready] };
  const common = { project, pools: config.cluster === 'standard', cluster };
  if (images.alertmanager !== undefined) {
    const regional = watchers.alertmanager.replicas > 1;
    const storage = new StorageClass('storage-class', { regional, key: args.key, cluster }, options);
    new Alertmanager(
      'alertmanager',
      {
        ...common,
        image: referenceOf('alertmanager', images.alertmanager, copies),
        config: alertmanagerConfig(config),
        secrets: args.secrets,
        size: watchers.alertmanager,
        googleAccount: identity.watchers.alertmanager.email,
        storageClass: storage.className,
      },
      { ...inside, dependsOn: [...inside.dependsOn, storage] },
    );
  }
  if (images.frontend === undefined) return;
  const frontend = new Frontend(
    'frontend',
    {
      ...common,
      image: referenceOf('frontend', images.frontend, copies),
      size: watchers.frontend,
      googleAccount: identity.watchers.frontend.email,
    },
    inside,
  );
  if (images.grafana === undefined) return;
  const grafana = new Grafana(
    'grafana',
    {
      ...common,
      image: referenceOf('grafana', images.grafana, copies),
      host: dashboardsHost(domain),
      prometheus: url,
      dashboards: dashboards().map((one) => withPages(one, config.pages)),
      size: watchers.grafana,
    },
    { ...options, dependsOn: frontend },
  );
  new WayIn('dashboards', { host: dashboardsHost(domain), edge, cluster }, { ...options, dependsOn: grafana });
}
