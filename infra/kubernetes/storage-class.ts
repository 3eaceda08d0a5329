import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, type Input, type Resource } from '@pulumi/pulumi';
import { product } from '../names.ts';

export type StorageClassArgs = {
  /** Whether a disk is in two zones, so that the loss of one leaves it. */
  readonly regional: boolean;
  /** Encrypts it. */
  readonly key: Input<string> | undefined;
  readonly cluster: Resource;
};

/** The disks of what keeps something in the cluster: little, and nothing that could not be made anew. */
export class StorageClass extends ComponentResource {
  readonly className: string;

  constructor(name: string, { regional, key, cluster }: StorageClassArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:StorageClass', name, {}, options);
    // What a class says of its disks cannot be changed: another saying is another class.
    this.className = `${product}-${regional ? 'regional' : 'zonal'}`;
    new k8s.storage.v1.StorageClass(
      name,
      {
        metadata: { name: this.className },
        provisioner: 'pd.csi.storage.gke.io',
        parameters: {
          type: 'pd-balanced',
          ...(regional ? { 'replication-type': 'regional-pd' } : {}),
          ...(key === undefined ? {} : { 'disk-encryption-kms-key': key }),
        },
        allowVolumeExpansion: true,
        reclaimPolicy: 'Delete',
        volumeBindingMode: 'WaitForFirstConsumer',
      },
      { parent: this, deletedWith: cluster },
    );
    this.registerOutputs({});
  }
}
