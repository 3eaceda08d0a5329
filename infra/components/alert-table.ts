import { type Input, interpolate } from '@pulumi/pulumi';

/** One thing of Google's that may go wrong. Exactly one of `above` and `below` is set. */
export type Alert = {
  readonly name: string;
  readonly title: string;
  /** What a user loses, and where to look first. */
  readonly loss: string;
  readonly filter: Input<string>;
  readonly above?: number;
  readonly below?: number;
  readonly for: string;
  readonly aligner:
    | 'ALIGN_MEAN'
    | 'ALIGN_MAX'
    | 'ALIGN_MIN'
    | 'ALIGN_NEXT_OLDER'
    | 'ALIGN_FRACTION_TRUE'
    | 'ALIGN_DELTA';
  readonly reducer?: 'REDUCE_MEAN' | 'REDUCE_SUM' | 'REDUCE_MIN';
  readonly severity: 'CRITICAL' | 'WARNING';
};

const DAYS_BEFORE_EXPIRY = 14;

/** By the names of Cloud Monitoring's metrics; `prefix` is how all that is the stack's begins. */
export function alerts(prefix: string): readonly Alert[] {
  const database = (metric: string) =>
    `metric.type="cloudsql.googleapis.com/database/${metric}" AND resource.type="cloudsql_database" AND resource.labels.database_id=monitoring.regex.full_match(".*:${prefix}-.*")`;
  const cache = (metric: string) =>
    `metric.type="memorystore.googleapis.com/instance/${metric}" AND resource.type="memorystore.googleapis.com/Instance" AND resource.labels.instance_id="${prefix}"`;
  return [
    {
      name: 'database-down',
      title: 'The database is down',
      loss: 'Nothing is stored or answered. Look at the operations of the instance: a failover takes about a minute.',
      filter: database('up'),
      below: 1,
      for: '120s',
      aligner: 'ALIGN_MIN',
      severity: 'CRITICAL',
    },
    {
      name: 'database-disk',
      title: 'The disk of the database is nearly full',
      loss: 'It grows by itself up to `database.maxDisk`; beyond that every write fails.',
      filter: database('disk/utilization'),
      above: 0.9,
      for: '600s',
      aligner: 'ALIGN_MAX',
      severity: 'CRITICAL',
    },
    {
      name: 'database-cpu',
      title: 'The database has no time left',
      loss: 'Answers and signals come late. Query Insights names the statement.',
      filter: database('cpu/utilization'),
      above: 0.9,
      for: '900s',
      aligner: 'ALIGN_MEAN',
      severity: 'WARNING',
    },
    {
      name: 'database-replica',
      title: 'A replica of the database is far behind',
      loss: 'A promotion now would lose what it has not seen. Seconds.',
      filter: database('replication/replica_lag'),
      above: 60,
      for: '600s',
      aligner: 'ALIGN_MAX',
      severity: 'WARNING',
    },
    {
      name: 'cache-memory',
      title: 'The cache is nearly full',
      loss: 'Answers come slower, for it forgets earlier; nothing is lost.',
      filter: cache('memory/maximum_utilization'),
      above: 0.9,
      for: '900s',
      aligner: 'ALIGN_MAX',
      severity: 'WARNING',
    },
    {
      name: 'certificate',
      title: 'A certificate is about to expire',
      loss: 'Then no client connects. The record of its proof must still be in the zone, and the zone be the one that the domain names.',
      filter:
        'metric.type="monitoring.googleapis.com/uptime_check/time_until_ssl_cert_expires" AND resource.type="uptime_url"',
      below: DAYS_BEFORE_EXPIRY,
      for: '600s',
      aligner: 'ALIGN_NEXT_OLDER',
      reducer: 'REDUCE_MIN',
      severity: 'CRITICAL',
    },
  ];
}

/** The check from outside fails from most of where it is made. */
export function uptimeAlert(checkId: Input<string>): Alert {
  return {
    name: 'unreachable',
    title: 'The service cannot be reached',
    loss: 'Clients cannot connect. Look whether pods of role api are ready, then at the load balancer, then at the name and its certificate.',
    filter: interpolate`metric.type="monitoring.googleapis.com/uptime_check/check_passed" AND resource.type="uptime_url" AND metric.labels.check_id="${checkId}"`,
    below: 0.5,
    for: '120s',
    aligner: 'ALIGN_FRACTION_TRUE',
    reducer: 'REDUCE_MEAN',
    severity: 'CRITICAL',
  };
}
