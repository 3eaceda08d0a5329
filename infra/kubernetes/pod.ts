import type * as k8s from '@pulumi/kubernetes';
import type { Input } from '@pulumi/pulumi';
import { sidecar } from '../arithmetic/quota.ts';
import { poolLabel } from '../components/node-pools.ts';
import { database, namespaces, product, secretObject } from '../names.ts';
import type { Value } from './environment.ts';
import type { Cluster } from './inside.ts';
import { type Priority, priorityClass } from './priorities.ts';

type Pod = k8s.types.input.core.v1.PodSpec;
type Container = k8s.types.input.core.v1.Container;

export type PodArgs = {
  /** Name of its Kubernetes account, which acts as its account in Google Cloud. */
  readonly account: string;
  readonly container: Container;
  /** Where the database is one of Google's. */
  readonly proxy: DatabaseProxy | undefined;
  readonly graceSeconds: number;
  readonly priority: Priority;
  /** Autopilot has no pools of ours to choose from. */
  readonly pools: boolean;
};

/** What reaches a database of Google: the proxy, by digest, and project:region:instance. */
export type DatabaseProxy = { readonly image: string; readonly instance: Input<string> };

/** Lets a Kubernetes account act as one of Google Cloud. */
export const actsAs = (account: Input<string> | undefined) =>
  account === undefined ? {} : { annotations: { 'iam.gke.io/gcp-service-account': account } };

/** What whoever makes a pod of ours is told of its surroundings. */
export type Surroundings = {
  readonly image: string;
  readonly proxy: DatabaseProxy | undefined;
  readonly environment: Input<Readonly<Record<string, Value>>>;
  /** Address of its account in Google Cloud, where it has one. */
  readonly googleAccount: Input<string> | undefined;
  readonly pools: boolean;
  readonly cluster: Cluster;
};

/** The user that nothing in the image belongs to. */
const USER = 1001;

/** A pod that runs as nobody in particular, writes nowhere but into memory, and reaches the database through a proxy of its own. */
export function podSpec(args: PodArgs): Pod {
  return {
    serviceAccountName: args.account,
    // The proxy proves who it is to Google's metadata server; nothing speaks to Kubernetes.
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    priorityClassName: priorityClass(args.priority),
    securityContext: nobody,
    terminationGracePeriodSeconds: args.graceSeconds,
    ...(args.proxy === undefined ? {} : { initContainers: [proxy(args.proxy)] }),
    containers: [
      { ...args.container, securityContext: locked, volumeMounts: [{ name: 'scratch', mountPath: '/tmp' }] },
    ],
    volumes: [{ name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '64Mi' } }],
    tolerations: [
      ...unreachable,
      ...(args.pools ? [{ key: poolLabel, operator: 'Equal', value: 'service', effect: 'NoSchedule' }] : []),
    ],
    ...(args.pools ? { nodeSelector: { [poolLabel]: 'service' } } : {}),
  };
}

/** Says what a pod is: its role or task. */
export const componentLabel = 'app.kubernetes.io/component';

export function labelsOf(component: string): { [key: string]: string } {
  return { 'app.kubernetes.io/name': product, [componentLabel]: component };
}

/** In the order of names, so that the same environment is the same text. */
export function variablesOf(environment: Readonly<Record<string, Value>>): k8s.types.input.core.v1.EnvVar[] {
  const entries = Object.entries(environment).sort(([a], [b]) => (a < b ? -1 : 1));
  return entries.map(([name, value]) =>
    typeof value === 'string'
      ? { name, value }
      : { name, valueFrom: { secretKeyRef: { name: secretObject(value.secret), key: value.secret } } },
  );
}

export const inService = { namespace: namespaces.service } as const;

/** A node that is gone is given up after half a minute, not after five. */
export const unreachable = ['not-ready', 'unreachable'].map((condition) => ({
  key: `node.kubernetes.io/${condition}`,
  operator: 'Exists',
  effect: 'NoExecute',
  tolerationSeconds: 30,
}));

export const nobody = {
  runAsNonRoot: true,
  runAsUser: USER,
  runAsGroup: USER,
  fsGroup: USER,
  seccompProfile: { type: 'RuntimeDefault' },
};

/** Over zones, and within them over nodes. */
export function spreadOver(labels: Record<string, string>): k8s.types.input.core.v1.TopologySpreadConstraint[] {
  return ['topology.kubernetes.io/zone', 'kubernetes.io/hostname'].map((topologyKey) => ({
    topologyKey,
    maxSkew: 1,
    // Not refused: after the loss of a zone its pods must find a place in the others.
    whenUnsatisfiable: 'ScheduleAnyway',
    nodeTaintsPolicy: 'Honor',
    matchLabelKeys: ['pod-template-hash'],
    labelSelector: { matchLabels: labels },
  }));
}

export const locked = {
  allowPrivilegeEscalation: false,
  privileged: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ['ALL'] },
};

// A sidecar by Kubernetes' own meaning: it starts before the container, and ends after it.
function proxy({ image, instance }: DatabaseProxy): Container {
  return {
    name: 'database-proxy',
    image,
    restartPolicy: 'Always',
    args: [
      '--psc',
      '--auto-iam-authn',
      '--structured-logs',
      '--health-check',
      '--http-address=0.0.0.0',
      '--http-port=9090',
      `--port=${database.port}`,
      '--max-sigterm-delay=30s',
      instance,
    ],
    resources: {
      requests: { cpu: `${sidecar.cpu}m`, memory: `${sidecar.memory}Mi` },
      limits: { memory: `${sidecar.memory}Mi` },
    },
    startupProbe: {
      httpGet: { path: '/startup', port: 9090 },
      periodSeconds: 1,
      failureThreshold: 60,
      timeoutSeconds: 5,
    },
    livenessProbe: {
      httpGet: { path: '/liveness', port: 9090 },
      periodSeconds: 60,
      timeoutSeconds: 30,
      failureThreshold: 5,
    },
    securityContext: locked,
  };
}
