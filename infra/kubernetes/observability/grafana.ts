import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Resource } from '@pulumi/pulumi';
import type { WatcherSize } from '../../arithmetic/quota.ts';
import type { Dashboard } from '../../observability/dashboards.ts';
import { dashboardProviders, dataSources, places, settings } from '../../observability/grafana.ts';
import { labelsOf } from '../pod.ts';
import { configured, foreignPod } from './foreign-pod.ts';
import { rolling } from './frontend.ts';
import { inObservability } from './place.ts';

export type GrafanaArgs = {
  readonly image: string;
  /** The name that people reach it by. */
  readonly host: string;
  /** Where queries are answered. */
  readonly prometheus: string;
  readonly dashboards: readonly Dashboard[];
  readonly size: WatcherSize;
  readonly pools: boolean;
  readonly cluster: Resource;
};

const name = 'grafana';
export const port = 3000;
const labels = labelsOf(name);
const metadata = { name, ...inObservability, labels };

/** Shows the dashboards to whom Identity-Aware Proxy lets through, to look at. It keeps nothing: all that it shows is in files. */
export class Grafana extends ComponentResource {
  constructor(logicalName: string, args: GrafanaArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Grafana', logicalName, {}, options);
    const inside = { parent: this, deletedWith: args.cluster };
    const account = new k8s.core.v1.ServiceAccount(
      logicalName,
      { metadata, automountServiceAccountToken: false },
      inside,
    );
    const files = {
      'grafana.ini': settings(args.host),
      'sources.yaml': dataSources(args.prometheus),
      'providers.yaml': dashboardProviders(),
    };
    const config = new k8s.core.v1.ConfigMap(logicalName, { metadata, data: files }, inside);
    const boards = args.dashboards.map(
      (dashboard) =>
        new k8s.core.v1.ConfigMap(
          `${logicalName}-${dashboard.name}`,
          { metadata: { ...metadata, name: mapOf(dashboard) }, data: { [`${dashboard.name}.json`]: dashboard.text } },
          inside,
        ),
    );
    const annotations = configured(...Object.values(files));
    const template = { metadata: { labels, annotations }, spec: podOf(args) };
    const spec = { replicas: args.size.replicas, ...rolling, selector: { matchLabels: labels }, template };
    const deployment = new k8s.apps.v1.Deployment(
      logicalName,
      { metadata, spec },
      { ...inside, dependsOn: [account, config, ...boards] },
    );
    const ports = [{ name: 'web', port, targetPort: 'web' }];
    new k8s.core.v1.Service(
      logicalName,
      { metadata, spec: { type: 'ClusterIP', selector: labels, ports } },
      { ...inside, dependsOn: deployment },
    );
    this.registerOutputs({});
  }
}

const mapOf = (dashboard: Dashboard) => `dashboard-${dashboard.name}`;

function podOf(args: GrafanaArgs): k8s.types.input.core.v1.PodSpec {
  const file = (key: string, mountPath: string) => ({ name: 'config', mountPath, subPath: key, readOnly: true });
  return foreignPod({
    account: name,
    labels,
    container: {
      name,
      image: args.image,
      ports: [{ name: 'web', containerPort: port }],
      volumeMounts: [
        file('grafana.ini', `${places.settings}/grafana.ini`),
        file('sources.yaml', `${places.provisioning}/datasources/sources.yaml`),
        file('providers.yaml', `${places.provisioning}/dashboards/providers.yaml`),
        { name: 'dashboards', mountPath: places.dashboards, readOnly: true },
        { name: 'data', mountPath: '/var/lib/grafana' },
        { name: 'scratch', mountPath: '/tmp' },
      ],
    },
    size: args.size,
    probes: { port, live: '/healthz', ready: '/api/health' },
    volumes: [
      { name: 'config', configMap: { name } },
      // What changes in them is seen within a minute, without another pod.
      {
        name: 'dashboards',
        projected: { sources: args.dashboards.map((one) => ({ configMap: { name: mapOf(one) } })) },
      },
      { name: 'data', emptyDir: { sizeLimit: '256Mi' } },
      { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } },
    ],
    pools: args.pools,
  });
}
