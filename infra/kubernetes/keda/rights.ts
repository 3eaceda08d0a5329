import type * as k8s from '@pulumi/kubernetes';

type Rule = k8s.types.input.rbac.v1.PolicyRule;

const rule = (group: string, resources: readonly string[], verbs: readonly string[]): Rule => ({
  apiGroups: [group],
  resources: [...resources],
  verbs: [...verbs],
});

const look = ['get', 'list', 'watch'] as const;
const change = [...look, 'patch', 'update'] as const;
const own = [...change, 'create', 'delete'] as const;

/** The name under which the API server asks for figures that are not of Kubernetes. */
export const METRICS_API = 'v1beta1.external.metrics.k8s.io';

/** What KEDA may do where the service runs: read what it scales and why, and scale it. It reads no secret there, for nothing here needs it to. */
export const inServed: readonly Rule[] = [
  rule('', ['configmaps', 'pods', 'services', 'limitranges', 'serviceaccounts'], look),
  rule('', ['events'], ['create', 'patch']),
  rule('events.k8s.io', ['events'], ['create', 'patch']),
  rule('apps', ['deployments', 'replicasets', 'statefulsets'], look),
  rule('apps', ['deployments/scale', 'statefulsets/scale'], change),
  rule('autoscaling', ['horizontalpodautoscalers'], own),
  rule('batch', ['jobs'], look),
  rule('discovery.k8s.io', ['endpointslices'], look),
  rule('eventing.keda.sh', ['cloudeventsources', 'cloudeventsources/status'], change),
  rule(
    'keda.sh',
    [
      ...['scaledjobs', 'scaledjobs/finalizers', 'scaledjobs/status'],
      ...['scaledobjects', 'scaledobjects/finalizers', 'scaledobjects/status'],
      ...['triggerauthentications', 'triggerauthentications/status'],
    ],
    change,
  ),
];

/** At home: the certificate that it makes for itself, and who of its pods leads. */
export const atHome: readonly Rule[] = [rule('', ['secrets'], own), rule('coordination.k8s.io', ['leases'], own)];

/** What is of no namespace: kinds that it watches there, and its certificate at the API that it answers. */
export const everywhere: readonly Rule[] = [
  rule('keda.sh', ['clustertriggerauthentications', 'clustertriggerauthentications/status'], change),
  rule('eventing.keda.sh', ['clustercloudeventsources', 'clustercloudeventsources/status'], change),
  rule('apiregistration.k8s.io', ['apiservices'], look),
  { ...rule('apiregistration.k8s.io', ['apiservices'], ['patch', 'update']), resourceNames: [METRICS_API] },
];

/** The name of a figure is the name of a resource there, and KEDA makes it up. */
export const readFigures: readonly Rule[] = [rule('external.metrics.k8s.io', ['*'], ['get', 'list'])];
