import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Output, type Resource } from '@pulumi/pulumi';
import type { WatcherSize } from '../../arithmetic/quota.ts';
import { labelsOf } from '../pod.ts';
import { foreignPod } from './foreign-pod.ts';
import { inObservability } from './place.ts';

export type FrontendArgs = {
  readonly project: string;
  readonly image: string;
  readonly size: WatcherSize;
  readonly googleAccount: Output<string>;
  readonly pools: boolean;
  readonly cluster: Resource;
};

const name = 'frontend';
export const port = 9090;
/** Where queries of Prometheus are answered, inside the cluster. */
export const url = `http://${name}.${inObservability.namespace}.svc:${port}`;

/** Asks Managed Prometheus as an account that may read figures, and takes care of its token: whoever may reach it needs none. */
export class Frontend extends ComponentResource {
  constructor(logicalName: string, args: FrontendArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Frontend', logicalName, {}, options);
    const inside = { parent: this, deletedWith: args.cluster };
    const labels = labelsOf(name);
    const metadata = { name, ...inObservability, labels };
    const account = new k8s.core.v1.ServiceAccount(
      logicalName,
      {
        metadata: { ...metadata, annotations: { 'iam.gke.io/gcp-service-account': args.googleAccount } },
        automountServiceAccountToken: false,
      },
      inside,
    );
    const container = {
      name,
      image: args.image,
      args: [`--web.listen-address=:${port}`, `--query.project-id=${args.project}`],
      ports: [{ name: 'web', containerPort: port }],
    };
    const pod = foreignPod({
      account: name,
      labels,
      container,
      size: args.size,
      probes: { port, live: '/-/healthy', ready: '/-/ready' },
      volumes: [],
      pools: args.pools,
    });
    const spec = {
      replicas: args.size.replicas,
      ...rolling,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: pod },
    };
    const deployment = new k8s.apps.v1.Deployment(logicalName, { metadata, spec }, { ...inside, dependsOn: account });
    const served = { ...inside, dependsOn: deployment };
    const ports = [{ name: 'web', port, targetPort: 'web' }];
    new k8s.core.v1.Service(logicalName, { metadata, spec: { type: 'ClusterIP', selector: labels, ports } }, served);
    if (args.size.replicas > 1) {
      const budget = {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: labels },
      };
      new k8s.policy.v1.PodDisruptionBudget(logicalName, { metadata, spec: budget }, inside);
    }
    this.registerOutputs({});
  }
}

/** One more before one less. */
export const rolling = {
  revisionHistoryLimit: 5,
  minReadySeconds: 10,
  progressDeadlineSeconds: 600,
  strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
} as const;
