import { closed, open } from '../../backend/metrics/family.ts';
import type { ForeignFamily } from './family.ts';

// The first slash of a name of Cloud Monitoring becomes a colon in PromQL, every other special character an underscore:
// https://cloud.google.com/monitoring/promql/promql-mapping
const sql = {
  source: 'https://cloud.google.com/monitoring/api/metrics_gcp_c#gcp-cloudsql',
  seen: 'UNVERIFIED',
  own: { database_id: { pattern: '.*:{stack}-.*' } },
} as const;
const valkey = {
  source: 'https://cloud.google.com/memorystore/docs/valkey/supported-monitoring-metrics',
  seen: 'UNVERIFIED',
  own: { instance_id: { is: '{stack}' } },
} as const;
const balancer = {
  source: 'https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-loadbalancing',
  seen: 'UNVERIFIED',
} as const;
const gke = { source: 'https://cloud.google.com/monitoring/api/metrics_kubernetes', seen: 'UNVERIFIED' } as const;
const ofCluster = (resource: string) => ({ monitored_resource: { is: resource }, cluster_name: { is: '{stack}' } });
// Several kinds of resources have it, so the kind must be said: https://cloud.google.com/monitoring/promql/promql-mapping
const uptime = {
  source: 'https://cloud.google.com/monitoring/api/metrics_gcp_i_o#gcp-monitoring',
  seen: 'UNVERIFIED',
  own: { monitored_resource: { is: 'uptime_url' }, host: { is: '{domain}' } },
} as const;

const monitored_resource = open('kind of what is watched');
const cluster = { monitored_resource, cluster_name: open('name of the cluster') };
const asked = { monitored_resource, host: open('name that is asked'), checker_location: open('where it asks from') };
const database = { database_id: open('project and instance, joined by a colon') };

/** What Cloud Monitoring has of the services of Google, under the names that PromQL has for them. */
export const google = {
  sqlUp: {
    name: 'cloudsql_googleapis_com:database_up',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Whether the instance is up.',
    labels: database,
    ...sql,
  },
  sqlCpu: {
    name: 'cloudsql_googleapis_com:database_cpu_utilization',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the reserved CPU that is in use.',
    labels: database,
    ...sql,
  },
  sqlMemory: {
    name: 'cloudsql_googleapis_com:database_memory_utilization',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the memory that is in use.',
    labels: database,
    ...sql,
  },
  sqlDisk: {
    name: 'cloudsql_googleapis_com:database_disk_utilization',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the disk that is in use.',
    labels: database,
    ...sql,
  },
  sqlReplicaLag: {
    name: 'cloudsql_googleapis_com:database_replication_replica_lag',
    type: 'gauge',
    unit: 'seconds',
    help: 'How far a replica is behind.',
    labels: database,
    ...sql,
  },
  sqlBackends: {
    name: 'cloudsql_googleapis_com:database_postgresql_num_backends',
    type: 'gauge',
    unit: 'connections',
    help: 'Connections to a database of the instance.',
    labels: { ...database, database: open('name of the database') },
    ...sql,
  },
  valkeyMemory: {
    name: 'memorystore_googleapis_com:instance_memory_maximum_utilization',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the memory that is in use on the fullest node.',
    labels: { instance_id: open('name of the instance') },
    ...valkey,
  },
  valkeyCpu: {
    name: 'memorystore_googleapis_com:instance_cpu_maximum_utilization',
    type: 'gauge',
    unit: 'ratio',
    help: 'Share of the CPU that is in use on the busiest node.',
    labels: { instance_id: open('name of the instance') },
    ...valkey,
  },
  edgeRequests: {
    name: 'loadbalancing_googleapis_com:https_request_count',
    type: 'counter',
    unit: 'requests',
    help: 'Requests that the load balancer answered.',
    labels: { url_map_name: open('name of the URL map'), response_code_class: closed('0', '200', '300', '400', '500') },
    ...balancer,
  },
  nodeDisk: {
    name: 'kubernetes_io:node_ephemeral_storage_used_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Local storage of a node that is in use.',
    labels: { ...cluster, node_name: open('name of the node') },
    ...gke,
    own: ofCluster('k8s_node'),
  },
  nodeDiskSize: {
    name: 'kubernetes_io:node_ephemeral_storage_allocatable_bytes',
    type: 'gauge',
    unit: 'bytes',
    help: 'Local storage that the pods of a node may use.',
    labels: { ...cluster, node_name: open('name of the node') },
    ...gke,
    own: ofCluster('k8s_node'),
  },
  containerUptime: {
    name: 'kubernetes_io:container_uptime',
    type: 'gauge',
    unit: 'seconds',
    help: 'How long a container has run.',
    labels: { ...cluster, namespace_name: open('namespace of the pod'), pod_name: open('name of the pod') },
    ...gke,
    own: ofCluster('k8s_container'),
  },
  uptimePassed: {
    name: 'monitoring_googleapis_com:uptime_check_check_passed',
    type: 'gauge',
    unit: '0 or 1',
    help: 'Whether a place in the world that asks got its answer.',
    labels: asked,
    ...uptime,
  },
  uptimeCertificate: {
    name: 'monitoring_googleapis_com:uptime_check_time_until_ssl_cert_expires',
    type: 'gauge',
    unit: 'days',
    help: 'How long the certificate that it was shown is still good.',
    labels: asked,
    ...uptime,
  },
} as const satisfies Record<string, ForeignFamily>;
