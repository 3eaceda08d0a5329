import { createHash } from 'node:crypto';
import type * as k8s from '@pulumi/kubernetes';
import type { WatcherSize } from '../../arithmetic/quota.ts';
import { poolLabel } from '../../components/node-pools.ts';
import { locked, nobody, spreadOver, unreachable } from '../pod.ts';
import { priorityClass } from '../priorities.ts';

type Container = k8s.types.input.core.v1.Container;
type Volume = k8s.types.input.core.v1.Volume;

export type ForeignPodArgs = {
  /** Its Kubernetes account. */
  readonly account: string;
  readonly labels: Record<string, string>;
  readonly container: Container;
  readonly size: WatcherSize;
  readonly probes: HttpProbes | CommandProbes;
  /** Whose files it has; without it the user of our own image. */
  readonly user?: number;
  readonly volumes: readonly Volume[];
  /** Of ours or of others, as long as its own container runs. */
  readonly sidecars?: readonly Container[];
  /** A name that means the pod itself to all in it. */
  readonly itself?: string;
  /** Autopilot has no pools of ours to choose from. */
  readonly pools: boolean;
  /** Whether it speaks to Kubernetes. */
  readonly token?: true;
};

type HttpProbes = { readonly port: number; readonly live: string; readonly ready: string; readonly scheme?: 'HTTPS' };
/** What speaks no HTTP lives while it takes connections, and is ready when the command says so. */
type CommandProbes = { readonly port: number; readonly command: readonly string[] };

const LEAVING_SECONDS = 5;

/** A pod of what others have made, as closely kept as one of ours, on the nodes that are for what runs the cluster. */
export function foreignPod(args: ForeignPodArgs): k8s.types.input.core.v1.PodSpec {
  const { size, container } = args;
  const { live, ready } = probesOf(args.probes);
  return {
    serviceAccountName: args.account,
    automountServiceAccountToken: args.token === true,
    enableServiceLinks: false,
    priorityClassName: priorityClass('working'),
    securityContext:
      args.user === undefined ? nobody : { ...nobody, runAsUser: args.user, runAsGroup: args.user, fsGroup: args.user },
    terminationGracePeriodSeconds: 30,
    ...(args.itself === undefined ? {} : { hostAliases: [{ ip: '127.0.0.1', hostnames: [args.itself] }] }),
    ...(args.sidecars === undefined ? {} : { initContainers: [...args.sidecars] }),
    containers: [
      {
        ...container,
        resources: {
          requests: { cpu: `${size.cpu}m`, memory: `${size.memory}Mi`, 'ephemeral-storage': '64Mi' },
          limits: { memory: `${size.memory}Mi`, 'ephemeral-storage': '512Mi' },
        },
        startupProbe: { ...ready, periodSeconds: 2, failureThreshold: 60 },
        livenessProbe: { ...live, periodSeconds: 10, failureThreshold: 3 },
        readinessProbe: { ...ready, periodSeconds: 5, failureThreshold: 2 },
        lifecycle: { preStop: { sleep: { seconds: LEAVING_SECONDS } } },
        securityContext: locked,
      },
    ],
    volumes: [...args.volumes],
    tolerations: unreachable,
    topologySpreadConstraints: spreadOver(args.labels),
    ...(args.pools ? { nodeSelector: { [poolLabel]: 'system' } } : {}),
  };
}

function probesOf(probes: HttpProbes | CommandProbes) {
  const timeoutSeconds = 2;
  const { port } = probes;
  if ('command' in probes) {
    const ready = { exec: { command: [...probes.command] }, timeoutSeconds: 5 };
    return { live: { tcpSocket: { port }, timeoutSeconds }, ready };
  }
  const scheme = probes.scheme === undefined ? {} : { scheme: probes.scheme };
  const ask = (path: string) => ({ httpGet: { path, port, ...scheme }, timeoutSeconds });
  return { live: ask(probes.live), ready: ask(probes.ready) };
}

/** Goes onto a pod, so that another configuration is another pod. */
export const configured = (...texts: readonly string[]) => ({
  'heliograph.dev/configuration': createHash('sha256').update(texts.join('\0')).digest('hex').slice(0, 16),
});
