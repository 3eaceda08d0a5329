import * as k8s from '@pulumi/kubernetes';
import {
  ComponentResource,
  type ComponentResourceOptions,
  interpolate,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import type { WatcherSize } from '../../arithmetic/quota.ts';
import type { MountedSecret } from '../../components/secrets.ts';
import { type AlertmanagerConfig, SECRETS } from '../../observability/alertmanager.ts';
import { labelsOf } from '../pod.ts';
import { configured, foreignPod } from './foreign-pod.ts';
import { inObservability, podMonitoring } from './place.ts';

export type AlertmanagerArgs = {
  readonly project: string;
  readonly image: string;
  readonly config: AlertmanagerConfig;
  /** Where the secrets are that it reads. */
  readonly secrets: readonly MountedSecret[];
  readonly size: WatcherSize;
  readonly googleAccount: Output<string>;
  readonly storageClass: string;
  readonly pools: boolean;
  readonly cluster: Resource;
};

const name = 'alertmanager';
export const ports = { web: 9093, peers: 9094 } as const;
const DISK = '10Gi';
/** So long it remembers what was silenced and who was told. */
const KEPT = '120h';

/** Tells people of alerts, once, whichever of its pods hears of them. Secrets are files that come from Secret Manager at the start of a pod. */
export class Alertmanager extends ComponentResource {
  constructor(logicalName: string, args: AlertmanagerArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Alertmanager', logicalName, {}, options);
    const inside = { parent: this, deletedWith: args.cluster };
    const metadata = { name, ...inObservability, labels: labelsOf(name) };
    const account = new k8s.core.v1.ServiceAccount(
      logicalName,
      {
        metadata: { ...metadata, annotations: { 'iam.gke.io/gcp-service-account': args.googleAccount } },
        automountServiceAccountToken: false,
      },
      inside,
    );
    const config = new k8s.core.v1.ConfigMap(
      logicalName,
      { metadata, data: { 'alertmanager.yaml': args.config.text } },
      inside,
    );
    const secrets = new k8s.apiextensions.CustomResource(
      `${logicalName}-secrets`,
      {
        apiVersion: 'secrets-store.csi.x-k8s.io/v1',
        kind: 'SecretProviderClass',
        metadata,
        spec: { provider: 'gke', parameters: { secrets: listOf(args) } },
      },
      inside,
    );
    const pods = new k8s.apps.v1.StatefulSet(
      logicalName,
      { metadata, spec: spec(args) },
      { ...inside, dependsOn: [account, config, secrets], customTimeouts: { create: '15m', update: '30m' } },
    );
    new k8s.core.v1.Service(logicalName, { metadata, spec: serviceSpec }, { ...inside, dependsOn: pods });
    if (args.size.replicas > 1) {
      const budget = { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector };
      new k8s.policy.v1.PodDisruptionBudget(logicalName, { metadata, spec: budget }, inside);
    }
    podMonitoring(logicalName, metadata, 'web', inside);
    // GKE has made it, with what it collects; rules are evaluated by Google, and heard of here.
    new k8s.apiextensions.CustomResourcePatch(
      `${logicalName}-rules`,
      {
        apiVersion: 'monitoring.googleapis.com/v1',
        kind: 'OperatorConfig',
        metadata: { name: 'config', namespace: 'gmp-public' },
        rules: { alerting: { alertmanagers: [{ name, ...inObservability, port: ports.web }] } },
      },
      inside,
    );
    this.registerOutputs({});
  }
}

const selector = { matchLabels: labelsOf(name) };

function listOf({ project, secrets }: AlertmanagerArgs): Output<string> {
  const lines = secrets.map(
    ({ id, file }) =>
      interpolate`- resourceName: "projects/${project}/secrets/${id}/versions/latest"\n  path: "${file}"\n`,
  );
  return lines.reduce((text, line) => interpolate`${text}${line}`, interpolate``);
}

// Without an address of its own: whoever evaluates rules tells every pod, and the pods tell each other.
const serviceSpec: k8s.types.input.core.v1.ServiceSpec = {
  clusterIP: 'None',
  publishNotReadyAddresses: true,
  selector: labelsOf(name),
  ports: [
    { name: 'web', port: ports.web, targetPort: 'web' },
    { name: 'peers', port: ports.peers, targetPort: 'peers' },
  ],
};

function spec(args: AlertmanagerArgs): k8s.types.input.apps.v1.StatefulSetSpec {
  const labels = labelsOf(name);
  const storage = { requests: { storage: DISK } };
  const pod = foreignPod({
    account: name,
    labels,
    container: container(args),
    size: args.size,
    probes: { port: ports.web, live: '/-/healthy', ready: '/-/ready' },
    volumes: volumes,
    pools: args.pools,
  });
  return {
    replicas: args.size.replicas,
    serviceName: name,
    podManagementPolicy: 'Parallel',
    minReadySeconds: 10,
    revisionHistoryLimit: 5,
    selector,
    template: { metadata: { labels, annotations: configured(args.config.text) }, spec: pod },
    volumeClaimTemplates: [
      {
        metadata: { name: 'data', labels },
        spec: { accessModes: ['ReadWriteOnce'], storageClassName: args.storageClass, resources: storage },
      },
    ],
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Delete' },
  };
}

function container({ image, size }: AlertmanagerArgs): k8s.types.input.core.v1.Container {
  const peers = Array.from(
    { length: size.replicas },
    (_, index) => `--cluster.peer=${name}-${index}.${name}.${inObservability.namespace}.svc:${ports.peers}`,
  );
  return {
    name,
    image,
    args: [
      '--config.file=/etc/alertmanager/config/alertmanager.yaml',
      '--storage.path=/alertmanager',
      `--data.retention=${KEPT}`,
      `--web.listen-address=:${ports.web}`,
      ...(size.replicas > 1
        ? [`--cluster.listen-address=0.0.0.0:${ports.peers}`, ...peers]
        : ['--cluster.listen-address=']),
      '--log.format=json',
    ],
    ports: [
      { name: 'web', containerPort: ports.web },
      { name: 'peers', containerPort: ports.peers },
    ],
    volumeMounts: [
      { name: 'config', mountPath: '/etc/alertmanager/config', readOnly: true },
      { name: 'secrets', mountPath: SECRETS, readOnly: true },
      { name: 'data', mountPath: '/alertmanager' },
    ],
  };
}

const volumes: k8s.types.input.core.v1.Volume[] = [
  { name: 'config', configMap: { name } },
  {
    name: 'secrets',
    csi: { driver: 'secrets-store-gke.csi.k8s.io', readOnly: true, volumeAttributes: { secretProviderClass: name } },
  },
];
