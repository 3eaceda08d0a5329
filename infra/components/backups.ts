import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input } from '@pulumi/pulumi';
import { nameOf, namespaces } from '../names.ts';
import { guarded } from './options.ts';

export type BackupsArgs = {
  readonly stack: string;
  /** Where they are kept: another region than the cluster's, where the stack has one. */
  readonly region: string;
  readonly cluster: gcp.container.Cluster;
  readonly key: Input<string> | undefined;
  readonly locked: boolean;
};

const KEPT_DAYS = 35;
/** Nobody can delete a younger one, not even who holds every right. */
const LOCKED_DAYS = 7;

/** What runs in the cluster, with its volumes, once a night. The database has backups of its own; secrets stay where they are. */
export class Backups extends ComponentResource {
  constructor(name: string, args: BackupsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Backups', name, {}, options);
    const { stack, region, cluster, key, locked } = args;
    const kept = { namespaces: Object.values(namespaces) };
    const plan = new gcp.gkebackup.BackupPlan(
      name,
      {
        name: nameOf(stack),
        location: region,
        cluster: cluster.id,
        backupConfig: {
          selectedNamespaces: kept,
          includeVolumeData: true,
          includeSecrets: false,
          ...(key === undefined ? {} : { encryptionKey: { gcpKmsEncryptionKey: key } }),
        },
        backupSchedule: { cronSchedule: '30 3 * * *' },
        retentionPolicy: { backupRetainDays: KEPT_DAYS, backupDeleteLockDays: locked ? LOCKED_DAYS : 0, locked: false },
      },
      guarded({ parent: this }, locked),
    );
    // How it comes back: what is there by then is left alone, so that a restore into a cluster that runs breaks nothing.
    new gcp.gkebackup.RestorePlan(
      name,
      {
        name: nameOf(stack),
        location: region,
        cluster: cluster.id,
        backupPlan: plan.id,
        restoreConfig: {
          selectedNamespaces: kept,
          namespacedResourceRestoreMode: 'FAIL_ON_CONFLICT',
          volumeDataRestorePolicy: 'RESTORE_VOLUME_DATA_FROM_BACKUP',
          clusterResourceRestoreScope: { noGroupKinds: true },
          clusterResourceConflictPolicy: 'USE_EXISTING_VERSION',
        },
      },
      { parent: this },
    );
    this.registerOutputs({});
  }
}
