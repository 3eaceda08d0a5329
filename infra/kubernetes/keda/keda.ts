import * as k8s from '@pulumi/kubernetes';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type CustomResourceOptions,
  type Resource,
} from '@pulumi/pulumi';
import type { WatcherSize } from '../../arithmetic/quota.ts';
import { namespaces } from '../../names.ts';
import { foreignPod } from '../observability/foreign-pod.ts';
import { rolling } from '../observability/frontend.ts';
import { labelsOf } from '../pod.ts';
import { definitions } from './definitions.ts';
import { atHome, everywhere, inServed, METRICS_API, readFigures } from './rights.ts';

export type KedaArgs = {
  readonly images: { readonly operator: string; readonly metrics: string };
  readonly sizes: { readonly operator: WatcherSize; readonly metrics: WatcherSize };
  readonly pools: boolean;
  readonly cluster: Resource;
};

const place = { namespace: namespaces.scaling } as const;
const name = 'keda-operator';
const metricsName = 'keda-metrics-apiserver';
const CERTIFICATES = 'kedaorg-certs';
const certificates = { name: 'certificates', mountPath: '/certs', readOnly: true };
export const ports = { metrics: 8080, health: 8081, figures: 9666, api: 6443 } as const;

/**
 * KEDA, as its module says it, but for the one namespace that it scales: its operator turns each ScaledObject into a HorizontalPodAutoscaler, and its second
 * program answers what that asks. The operator makes the certificate of both.
 */
export class Keda extends ComponentResource {
  constructor(logicalName: string, args: KedaArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Keda', logicalName, {}, options);
    const inside = { parent: this, deletedWith: args.cluster };
    const kinds = definitions().map(({ metadata, spec, ...kind }) => {
      const annotations = { 'pulumi.com/waitFor': 'condition=Established' };
      return new k8s.apiextensions.v1.CustomResourceDefinition(
        `${logicalName}-${metadata.name}`,
        { ...kind, metadata: { name: metadata.name, annotations }, spec } as never,
        inside,
      );
    });
    const rights = grants(logicalName, inside);
    const made = { ...inside, dependsOn: [...kinds, ...rights] };
    const operator = program(logicalName, operatorOf(args), made);
    const metrics = program(`${logicalName}-metrics`, metricsOf(args), { ...inside, dependsOn: operator });
    new k8s.apiregistration.v1.APIService(
      logicalName,
      {
        metadata: { name: METRICS_API },
        spec: {
          group: 'external.metrics.k8s.io',
          version: 'v1beta1',
          service: { name: metricsName, ...place },
          groupPriorityMinimum: 100,
          versionPriority: 100,
        },
      },
      { ...inside, dependsOn: metrics },
    );
    this.registerOutputs({});
  }
}

type Program = {
  readonly name: string;
  readonly container: k8s.types.input.core.v1.Container;
  readonly size: WatcherSize;
  readonly probes: { readonly port: number; readonly live: string; readonly ready: string; readonly scheme?: 'HTTPS' };
  readonly served: readonly { readonly name: string; readonly port: number; readonly targetPort: number }[];
  readonly pools: boolean;
};

function operatorOf({ images, sizes, pools }: KedaArgs): Program {
  return {
    name,
    container: {
      name,
      image: images.operator,
      command: ['/keda'],
      args: [
        '--leader-elect',
        '--zap-log-level=info',
        '--zap-encoder=json',
        '--zap-time-encoding=rfc3339',
        '--enable-cert-rotation=true',
        // There is no webhook of it here: what it would refuse, the types and the schemas do.
        '--enable-webhook-patching=false',
      ],
      env: variables,
      ports: [
        { name: 'web', containerPort: ports.metrics },
        { name: 'figures', containerPort: ports.figures },
      ],
      volumeMounts: [certificates],
    },
    size: sizes.operator,
    probes: { port: ports.health, live: '/healthz', ready: '/readyz' },
    served: [{ name: 'figures', port: ports.figures, targetPort: ports.figures }],
    pools,
  };
}

function metricsOf({ images, sizes, pools }: KedaArgs): Program {
  return {
    name: metricsName,
    container: {
      name: metricsName,
      image: images.metrics,
      command: ['/keda-adapter'],
      args: [
        `--secure-port=${ports.api}`,
        '--zap-log-level=error',
        '--client-ca-file=/certs/ca.crt',
        '--tls-cert-file=/certs/tls.crt',
        '--tls-private-key-file=/certs/tls.key',
        '--cert-dir=/certs',
      ],
      env: variables,
      ports: [{ name: 'api', containerPort: ports.api }],
      volumeMounts: [certificates, { name: 'scratch', mountPath: '/tmp' }],
    },
    size: sizes.metrics,
    probes: { port: ports.api, live: '/healthz', ready: '/readyz', scheme: 'HTTPS' },
    served: [{ name: 'api', port: 443, targetPort: ports.api }],
    pools,
  };
}

const variables: k8s.types.input.core.v1.EnvVar[] = [
  { name: 'KEDA_RESTRICT_SECRET_ACCESS', value: 'true' },
  { name: 'POD_NAMESPACE', valueFrom: { fieldRef: { fieldPath: 'metadata.namespace' } } },
  { name: 'WATCH_NAMESPACE', value: namespaces.service },
];

/** A Deployment and its service; both speak to Kubernetes as one account. */
function program(logicalName: string, args: Program, options: CustomResourceOptions): k8s.core.v1.Service {
  const labels = labelsOf(args.name);
  const metadata = { name: args.name, ...place, labels };
  const volumes = [
    // The operator starts without it and makes it, so that nothing here does.
    { name: 'certificates', secret: { secretName: CERTIFICATES, ...(args.name === name ? { optional: true } : {}) } },
    { name: 'scratch', emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } },
  ];
  const pod = foreignPod({ ...args, account: name, labels, volumes, token: true });
  const spec = {
    replicas: args.size.replicas,
    ...rolling,
    selector: { matchLabels: labels },
    template: { metadata: { labels }, spec: pod },
  };
  const deployment = new k8s.apps.v1.Deployment(logicalName, { metadata, spec }, options);
  if (args.size.replicas > 1) {
    const budget = { maxUnavailable: 1, unhealthyPodEvictionPolicy: 'AlwaysAllow', selector: { matchLabels: labels } };
    new k8s.policy.v1.PodDisruptionBudget(logicalName, { metadata, spec: budget }, options);
  }
  return new k8s.core.v1.Service(
    logicalName,
    { metadata, spec: { type: 'ClusterIP', selector: labels, ports: [...args.served] } },
    { ...options, dependsOn: deployment },
  );
}

type Subject = { readonly kind: string; readonly name: string; readonly namespace: string };

/** The account of both, and what it may. */
function grants(logicalName: string, options: CustomResourceOptions): Resource[] {
  const { rbac, core } = k8s;
  const account = new core.v1.ServiceAccount(
    logicalName,
    { metadata: { name, ...place, labels: labelsOf(name) }, automountServiceAccountToken: false },
    options,
  );
  const subjects: Subject[] = [{ kind: 'ServiceAccount', name, ...place }];
  const local = (what: string, namespace: string, rules: typeof inServed) => {
    const metadata = { name, namespace };
    const role = new rbac.v1.Role(`${logicalName}-${what}`, { metadata, rules: [...rules] }, options);
    const roleRef = { apiGroup: GROUP, kind: 'Role', name };
    const bound = { ...options, dependsOn: role };
    return new rbac.v1.RoleBinding(`${logicalName}-${what}`, { metadata, roleRef, subjects }, bound);
  };
  const wide = (what: string, rules: typeof inServed, whom: Subject[]) => {
    const metadata = { name: `keda-${what}` };
    const role = new rbac.v1.ClusterRole(`${logicalName}-${what}`, { metadata, rules: [...rules] }, options);
    const roleRef = { apiGroup: GROUP, kind: 'ClusterRole', name: metadata.name };
    const bound = { ...options, dependsOn: role };
    return new rbac.v1.ClusterRoleBinding(`${logicalName}-${what}`, { metadata, roleRef, subjects: whom }, bound);
  };
  const scaler = [{ kind: 'ServiceAccount', name: 'horizontal-pod-autoscaler', namespace: 'kube-system' }];
  return [
    account,
    local('service', namespaces.service, inServed),
    local('home', place.namespace, atHome),
    wide('operator', everywhere, subjects),
    wide('figures', readFigures, scaler),
    // It answers the API server, and so asks who is asking.
    new rbac.v1.ClusterRoleBinding(
      `${logicalName}-delegator`,
      {
        metadata: { name: 'keda-auth-delegator' },
        roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name: 'system:auth-delegator' },
        subjects,
      },
      options,
    ),
    new rbac.v1.RoleBinding(
      `${logicalName}-reader`,
      {
        metadata: { name: 'keda-auth-reader', namespace: 'kube-system' },
        roleRef: { apiGroup: GROUP, kind: 'Role', name: 'extension-apiserver-authentication-reader' },
        subjects,
      },
      options,
    ),
  ];
}

const GROUP = 'rbac.authorization.k8s.io';
