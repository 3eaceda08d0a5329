import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, interpolate, type Resource } from '@pulumi/pulumi';
import { type SecretPlace, secrets } from '../components/secrets.ts';
import { secretObject } from '../names.ts';
import { inService } from './pod.ts';

export type SecretCopiesArgs = {
  readonly project: string;
  readonly places: readonly SecretPlace[];
  readonly cluster: Resource;
};

/** Tells GKE to copy secrets out of Secret Manager, each as the one workload that may read it. No value passes through here. */
export class SecretCopies extends ComponentResource {
  constructor(name: string, { project, places, cluster }: SecretCopiesArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:SecretCopies', name, {}, options);
    const inside = { parent: this, deletedWith: cluster };
    for (const { id, variable } of places) {
      const metadata = { name: secretObject(variable), ...inService };
      const list = interpolate`- resourceName: "projects/${project}/secrets/${id}/versions/latest"\n  path: "value"\n`;
      const provider = new k8s.apiextensions.CustomResource(
        `${name}-${variable}-class`,
        {
          apiVersion: 'secrets-store.csi.x-k8s.io/v1',
          kind: 'SecretProviderClass',
          metadata,
          spec: { provider: 'gke', parameters: { secrets: list } },
        },
        inside,
      );
      const spec = {
        serviceAccountName: secrets[variable].readers[0],
        secretProviderClassName: secretObject(variable),
        secretObject: { type: 'Opaque', data: [{ sourcePath: 'value', targetKey: variable }] },
      };
      new k8s.apiextensions.CustomResource(
        `${name}-${variable}`,
        { apiVersion: 'secret-sync.gke.io/v1', kind: 'SecretSync', metadata, spec },
        { ...inside, dependsOn: provider },
      );
    }
    this.registerOutputs({});
  }
}
