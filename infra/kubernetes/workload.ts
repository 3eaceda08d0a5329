import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, output } from '@pulumi/pulumi';
import { ports, probes, type RoleSpec, roles } from '../../backend/roles.ts';
import type { DeployedRole, WorkloadSize } from '../config/sizes.ts';
import { inside } from './inside.ts';
import { actsAs, inService, labelsOf, podSpec, type Surroundings, spreadOver, variablesOf } from './pod.ts';
import { scaler } from './scaler.ts';

export type WorkloadArgs = Surroundings & {
  readonly role: DeployedRole;
  readonly size: WorkloadSize;
  /** Where scalers ask for figures, once KEDA is there to ask. */
  readonly figures: string | undefined;
};

/** Its key is made by the service that runs: nobody waits for its pod, which starts once the key is there. */
const laterSecret = { annotations: { 'pulumi.com/skipAwait': 'true' } };

/** Until the load balancer has heard that a pod is going, it still sends to it. */
const LEAVING_SECONDS = 10;
const MARGIN_SECONDS = 5;

/** One role of the service: its account, its pods, who may take them away, and what makes more of them. */
export class Workload extends ComponentResource {
  readonly deployment: k8s.apps.v1.Deployment;

  constructor(name: string, args: WorkloadArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Workload', name, {}, options);
    const { role, size } = args;
    const child = inside(this, args.cluster);
    const metadata = { name: role, ...inService, labels: labelsOf(role) };
    const account = new k8s.core.v1.ServiceAccount(
      name,
      {
        metadata: { ...metadata, ...actsAs(args.googleAccount) },
        automountServiceAccountToken: false,
      },
      child,
    );
    this.deployment = new k8s.apps.v1.Deployment(
      name,
      { metadata: role === 'synthetic' ? { ...metadata, ...laterSecret } : metadata, spec: deploymentSpec(args) },
      { ...child, dependsOn: account, customTimeouts: { create: '15m', update: '30m' } },
    );
    const served = { ...child, dependsOn: this.deployment };
    if (specOf(role).ports.includes('public'))
      new k8s.core.v1.Service(name, { metadata, spec: serviceSpec(role) }, served);
    if (size.maxReplicas > 1) {
      const spec = {
        maxUnavailable: 1,
        unhealthyPodEvictionPolicy: 'AlwaysAllow',
        selector: { matchLabels: labelsOf(role) },
      };
      new k8s.policy.v1.PodDisruptionBudget(name, { metadata, spec }, child);
    }
    scaler(name, metadata, { role, size, figures: args.figures }, served);
    this.registerOutputs({});
  }
}

const specOf = (role: DeployedRole): RoleSpec => roles[role];
const isScaled = ({ minReplicas, maxReplicas }: WorkloadSize) => minReplicas < maxReplicas;

function deploymentSpec(args: WorkloadArgs): k8s.types.input.apps.v1.DeploymentSpec {
  const { role, size } = args;
  const graceSeconds = LEAVING_SECONDS + specOf(role).drainSeconds + MARGIN_SECONDS;
  const labels = labelsOf(role);
  return {
    // What the scaler sets must not be set here: two owners of one field refuse each other.
    ...(isScaled(size) ? {} : { replicas: size.minReplicas }),
    selector: { matchLabels: labels },
    revisionHistoryLimit: 5,
    minReadySeconds: 10,
    progressDeadlineSeconds: 600,
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    template: {
      metadata: { labels },
      spec: {
        ...podSpec({
          account: role,
          container: container(args),
          proxy: args.proxy,
          graceSeconds,
          priority: role === 'worker' || role === 'synthetic' ? 'working' : 'serving',
          pools: args.pools,
        }),
        topologySpreadConstraints: spreadOver(labels),
      },
    },
  };
}

function container({ role, size, image, environment }: WorkloadArgs): k8s.types.input.core.v1.Container {
  const probe = (path: string) => ({ httpGet: { path, port: 'internal' }, timeoutSeconds: 2 });
  return {
    name: role,
    image,
    args: ['start', '--role', role],
    env: output(environment).apply(variablesOf),
    ports: specOf(role).ports.map((port) => ({ name: port, containerPort: ports[port].number })),
    resources: {
      requests: { cpu: `${size.cpu}m`, memory: `${size.memory}Mi`, 'ephemeral-storage': '64Mi' },
      limits: { memory: `${size.memory}Mi`, 'ephemeral-storage': '256Mi' },
    },
    startupProbe: { ...probe(probes.startup), periodSeconds: 2, failureThreshold: 90 },
    livenessProbe: { ...probe(probes.live), periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...probe(probes.ready), periodSeconds: 5, failureThreshold: 2 },
    lifecycle: { preStop: { sleep: { seconds: LEAVING_SECONDS } } },
  };
}

function serviceSpec(role: DeployedRole): k8s.types.input.core.v1.ServiceSpec {
  const port = { name: 'public', port: ports.public.number, targetPort: 'public', appProtocol: 'kubernetes.io/ws' };
  return { type: 'ClusterIP', selector: labelsOf(role), ports: [port] };
}
