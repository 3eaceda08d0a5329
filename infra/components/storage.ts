import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import { nameOf, stateBucket } from '../names.ts';
import { guarded, within } from './options.ts';

/** For how long nobody can take a backup away, in a stack that is locked. */
export const BACKUPS_KEPT_DAYS = 30;

/** When the bucket takes backups away by itself. What else is in it, such as anchors of the event log, stays. */
const BACKUPS_GO_DAYS = 90;
const outdated = {
  action: { type: 'Delete' },
  condition: {
    age: BACKUPS_GO_DAYS,
    matchesPrefixes: ['base/', 'wal/', 'export/', 'export-rest/', 'platform/'],
  },
};

/** What is kept in files, and for how long at least. */
const kinds = {
  models: { description: 'Model versions and their reports.', keepDays: 0 },
  backups: { description: 'Dumps of the database and anchors of the event log.', keepDays: BACKUPS_KEPT_DAYS },
} as const;

export type BucketName = keyof typeof kinds;

export type StorageArgs = {
  readonly stack: string;
  readonly project: string;
  readonly region: string;
  readonly key: Input<string> | undefined;
  /** Who writes backups, by name: `serviceAccount:ADDRESS`. What they have written they can neither change nor take away. */
  readonly writers: Readonly<Record<string, Output<string>>>;
  /** Who copies the program's state into the backups; undefined where nobody does. */
  readonly keeper: Output<string> | undefined;
  readonly locked: boolean;
};

const DAY = 86_400;

/** Buckets that nobody outside can read, in which nothing is overwritten for good. */
export class Storage extends ComponentResource {
  readonly buckets: Readonly<Record<BucketName, Output<string>>>;

  constructor(name: string, args: StorageArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Storage', name, {}, options);
    const { stack, project, region, key, writers, keeper, locked } = args;
    const bucket = (kind: BucketName) => {
      const keepDays = locked ? kinds[kind].keepDays : 0;
      const settings = {
        // Names of buckets are unique in the world: the project's id makes ours so.
        name: nameOf(stack, kind, project),
        location: region,
        storageClass: 'STANDARD',
        uniformBucketLevelAccess: true,
        publicAccessPrevention: 'enforced',
        forceDestroy: false,
        // Google takes a period in which nothing can be overwritten, or versions of what was, and not both.
        versioning: { enabled: keepDays === 0 },
        softDeletePolicy: { retentionDurationSeconds: 30 * DAY },
        lifecycleRules: [
          {
            action: { type: 'Delete' },
            condition: { numNewerVersions: 3, daysSinceNoncurrentTime: 30, withState: 'ARCHIVED' },
          },
          ...(kind === 'backups' ? [outdated] : []),
        ],
        // Not locked: that could never be undone, not even by the owner of the project.
        ...(keepDays > 0 ? { retentionPolicy: { retentionPeriod: String(keepDays * DAY), isLocked: false } } : {}),
        ...(key === undefined ? {} : { encryption: { defaultKmsKeyName: key } }),
      };
      return new gcp.storage.Bucket(`${name}-${kind}`, settings, guarded({ parent: this }, locked));
    };
    const [models, backups] = [bucket('models'), bucket('backups')];
    for (const [writer, member] of Object.entries(writers))
      for (const right of ['objectCreator', 'objectViewer']) {
        const grant = { bucket: backups.name, role: `roles/storage.${right}`, member };
        new gcp.storage.BucketIAMMember(`${name}-${writer}-${right}`, grant, within({ parent: this }, backups));
      }
    if (keeper !== undefined) {
      const state = `projects/_/buckets/${stateBucket(project)}`;
      // The bucket is not of this program, so the right is one of the project that holds for that bucket alone.
      const condition = {
        title: 'The state of Pulumi',
        expression: `resource.name == "${state}" || resource.name.startsWith("${state}/")`,
      };
      const grant = { project, role: 'roles/storage.objectViewer', member: keeper, condition };
      new gcp.projects.IAMMember(`${name}-state`, grant, { parent: this });
    }
    this.buckets = { models: models.name, backups: backups.name };
    this.registerOutputs({ ...this.buckets });
  }
}
