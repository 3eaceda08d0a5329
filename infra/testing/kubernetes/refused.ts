import { namespaces } from '../../names.ts';
import { changed } from '../changed.ts';
import { podSpecOf } from './admitted.ts';
import { type KubernetesObject, Refused } from './client.ts';
import type { Scene } from './scene.ts';

type Bad = {
  readonly what: string;
  /** The kind whose first object of the stack is spoilt; a Pod is one of a Deployment's. */
  readonly kind: string;
  /** By path, what is spoilt. */
  readonly change: Readonly<Record<string, unknown>>;
  /** In what the API server says. */
  readonly says: RegExp;
  /** What refuses it is an object of the stack of this kind. */
  readonly guard?: string;
  /** Changes the object that is there, instead of making another. */
  readonly existing?: true;
};

const restricted = /violates PodSecurity "restricted/;
const ours = { guard: 'ValidatingAdmissionPolicy', says: /ValidatingAdmissionPolicy/ } as const;
const elsewhere = `docker.io/library/nginx@sha256:${'0'.repeat(64)}`;
const context = 'spec.containers.0.securityContext';
const huge = { requests: { cpu: '1', memory: '900Gi' }, limits: { memory: '900Gi' } };
const noAddress = [{ to: [{ ipBlock: { cidr: '10.0.0.0/40' } }] }];

/** What must not get into the cluster, and how the API server says so. */
const bad: readonly Bad[] = [
  ...pods({
    'a privileged container': { [`${context}.privileged`]: true, [`${context}.allowPrivilegeEscalation`]: true },
    'a container that may gain rights': { [`${context}.allowPrivilegeEscalation`]: true },
    'a container that runs as root': { [`${context}.runAsUser`]: 0 },
    'a container that may run as root': { [`${context}.runAsNonRoot`]: false },
    'a container with a capability': { [`${context}.capabilities.add`]: ['NET_ADMIN'] },
    'a container that keeps the usual capabilities': { [`${context}.capabilities`]: {} },
    'a pod without a seccomp profile': { 'spec.securityContext.seccompProfile': undefined },
    'a pod on the network of its node': { 'spec.hostNetwork': true },
    'a pod that sees the processes of its node': { 'spec.hostPID': true },
    'a pod with a folder of its node': { 'spec.volumes.0': { name: 'scratch', hostPath: { path: '/etc' } } },
    'a pod with a port of its node': { 'spec.containers.0.ports': [{ containerPort: 4000, hostPort: 4000 }] },
    'a sidecar that runs as root': { 'spec.initContainers.0.securityContext.runAsUser': 0 },
  }),
  row(
    'a pod that asks for more than its namespace may',
    'Pod',
    { 'spec.containers.0.resources': huge },
    /exceeded quota/,
  ),
  {
    what: 'an image by its tag',
    kind: 'Pod',
    change: { 'spec.containers.0.image': 'docker.io/library/nginx:1' },
    ...ours,
  },
  { what: 'an image from elsewhere', kind: 'Pod', change: { 'spec.containers.0.image': elsewhere }, ...ours },
  { what: 'a sidecar from elsewhere', kind: 'Pod', change: { 'spec.initContainers.0.image': elsewhere }, ...ours },
  row('a service with an address on the internet', 'Service', { 'spec.type': 'LoadBalancer' }, /exceeded quota/),
  row('a service with a port of every node', 'Service', { 'spec.type': 'NodePort' }, /exceeded quota/),
  row('a field that does not exist', 'Deployment', { 'spec.replica': 3 }, /unknown field "spec.replica"/),
  row(
    'a Deployment that selects others',
    'Deployment',
    { 'spec.selector.matchLabels': { app: 'x' } },
    /does not match template/,
  ),
  {
    what: 'another selector for a Deployment that is there',
    kind: 'Deployment',
    existing: true,
    change: { 'spec.selector.matchLabels.more': 'x', 'spec.template.metadata.labels.more': 'x' },
    says: /immutable/,
  },
  {
    what: 'another image for a Job that is there',
    kind: 'Job',
    existing: true,
    change: { 'spec.template.spec.containers.0.image': elsewhere },
    says: /immutable/,
  },
  row('a budget that says two things', 'PodDisruptionBudget', { 'spec.minAvailable': 1 }, /cannot be both set/),
  row('a policy for an address that is none', 'NetworkPolicy', { 'spec.egress': noAddress }, /cidr: Invalid value/),
  row(
    'a listener without a protocol',
    'Gateway',
    { 'spec.listeners.0.protocol': undefined },
    /protocol: Required value/,
  ),
  row(
    'a route to a service without a port',
    'HTTPRoute',
    { 'spec.rules': [{ backendRefs: [{ name: 'api' }] }] },
    /port/i,
  ),
  row('a route for a name that is none', 'HTTPRoute', { 'spec.hostnames': ['not a name'] }, /hostnames/),
  row('a time limit that is no number', 'GCPBackendPolicy', { 'spec.default.timeoutSec': 'long' }, /timeoutSec/),
  row('an option that a backend does not have', 'GCPBackendPolicy', { 'spec.default.retries': 3 }, /unknown field/),
  row(
    'a health check of an unknown kind',
    'HealthCheckPolicy',
    { 'spec.default.config.type': 'PING' },
    /Unsupported value/,
  ),
  row(
    'a copy of a secret by nobody',
    'SecretSync',
    { 'spec.serviceAccountName': undefined },
    /serviceAccountName: Required/,
  ),
];

/** Tries each; gives what was not refused, or for another reason than it should. */
export async function tryBad(scene: Scene): Promise<{ readonly tried: number; readonly problems: readonly string[] }> {
  const rows = bad.filter(({ guard }) => guard === undefined || scene.objects.some(({ kind }) => kind === guard));
  const problems: string[] = [];
  // What is refused shows something only where the same, unspoilt, is not.
  const asItIs = await attempt(scene, row('', 'Pod', {}, /^/));
  if (asItIs !== null) problems.push(`a pod as it is was refused: ${asItIs}`);
  for (const one of rows) {
    const said = await attempt(scene, one);
    if (said === null) problems.push(`${one.what} was taken`);
    else if (!one.says.test(said)) problems.push(`${one.what} was refused, but not for that: ${said}`);
  }
  return { tried: rows.length + 1, problems };
}

/** What the API server says against it; null when it has nothing against it. */
async function attempt({ client, objects }: Scene, { kind, change, existing }: Bad): Promise<string | null> {
  const ours = (one: KubernetesObject) => (one.metadata.namespace ?? namespaces.service) === namespaces.service;
  const object = kind === 'Pod' ? podOf(objects) : objects.find((one) => one.kind === kind && ours(one));
  if (object === undefined) return `the stack has no ${kind}`;
  try {
    if (existing === true) await client.apply(changed(object, change), { dryRun: true });
    else await client.tryCreate(changed(object, { 'metadata.name': 'spoilt', ...change }));
    return null;
  } catch (error) {
    if (error instanceof Refused) return error.message;
    throw error;
  }
}

function podOf(objects: readonly KubernetesObject[]): KubernetesObject | undefined {
  const deployment = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'api');
  const spec = deployment && podSpecOf(deployment);
  return deployment && spec && { apiVersion: 'v1', kind: 'Pod', metadata: deployment.metadata, spec };
}

function row(what: string, kind: string, change: Bad['change'], says: RegExp): Bad {
  return { what, kind, change, says };
}

function pods(changes: Readonly<Record<string, Bad['change']>>): Bad[] {
  return Object.entries(changes).map(([what, change]) => row(what, 'Pod', change, restricted));
}
