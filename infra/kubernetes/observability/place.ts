import * as k8s from '@pulumi/kubernetes';
import type { CustomResourceOptions } from '@pulumi/pulumi';
import { namespaces } from '../../names.ts';
import { componentLabel } from '../pod.ts';

export const inObservability = { namespace: namespaces.observability } as const;

type Metadata = { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> };

/** Figures of the pods with these labels, at a port by its name. */
export function podMonitoring(
  logicalName: string,
  { name, namespace, labels }: Metadata,
  port: string,
  options: CustomResourceOptions,
): void {
  new k8s.apiextensions.CustomResource(
    logicalName,
    {
      apiVersion: 'monitoring.googleapis.com/v1',
      kind: 'PodMonitoring',
      metadata: { name, namespace },
      spec: {
        selector: { matchLabels: labels },
        endpoints: [{ port, path: '/metrics', interval: '30s', timeout: '10s' }],
        targetLabels: { metadata: ['pod', 'container', 'node'], fromPod: [{ from: componentLabel, to: 'role' }] },
        limits: { samples: 20_000 },
      },
    },
    options,
  );
}
