import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate } from '@pulumi/pulumi';
import { nameOf, namespaces } from '../names.ts';
import { guarded } from './options.ts';

export type LogsArgs = {
  readonly stack: string;
  readonly project: string;
  readonly region: string;
  /** Days that logs of the service and of who changed what are kept. */
  readonly days: number;
  /** A key of our own, which cannot be taken back, and excludes looking at logs by SQL. */
  readonly key: Input<string> | undefined;
  readonly locked: boolean;
};

/** Where logs are kept for longer than the project's own bucket keeps them: in our region, for the days that this kind of stack says. */
export class Logs extends ComponentResource {
  constructor(name: string, args: LogsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Logs', name, {}, options);
    const { stack, project, region, days, key, locked } = args;
    const bucket = new gcp.logging.ProjectBucketConfig(
      name,
      {
        project,
        location: region,
        bucketId: nameOf(stack),
        description: 'Logs of the service, of its database and of who changed what.',
        retentionDays: days,
        ...(key === undefined ? { enableAnalytics: true } : { cmekSettings: { kmsKeyName: key } }),
        // Never locked from here: that could not be undone.
        locked: false,
      },
      guarded({ parent: this }, locked),
    );
    const destination = interpolate`logging.googleapis.com/projects/${project}/locations/${region}/buckets/${bucket.bucketId}`;
    const sink = {
      name: nameOf(stack),
      project,
      description: 'What the bucket of this stack keeps.',
      destination,
      filter: filterOf(stack),
      uniqueWriterIdentity: true,
    };
    new gcp.logging.ProjectSink(name, sink, { parent: this });
    this.registerOutputs({});
  }
}

/** In the language of Cloud Logging: audit logs, this stack's database, and our namespaces of this stack's cluster. */
function filterOf(stack: string): string {
  const ours = Object.values(namespaces).map((namespace) => `"${namespace}"`);
  return [
    'log_id("cloudaudit.googleapis.com/activity")',
    'log_id("cloudaudit.googleapis.com/data_access")',
    `(resource.type="cloudsql_database" AND resource.labels.database_id:"${nameOf(stack)}")`,
    `(resource.type="k8s_container" AND resource.labels.cluster_name="${nameOf(stack)}" AND resource.labels.namespace_name=(${ours.join(' OR ')}))`,
  ].join(' OR ');
}
