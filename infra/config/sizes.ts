import type { Role } from '../../backend/roles.ts';
import type { WatcherSize } from '../arithmetic/quota.ts';
import type { ForeignImage } from './images.ts';

/** The roles that get a Deployment: all but the one that is everything in one process. */
export type DeployedRole = Exclude<Role, 'all'>;

export type WorkloadSize = {
  /** Where both are equal nothing scales it. */
  readonly minReplicas: number;
  readonly maxReplicas: number;
  /** Thousandths of a core; what is asked for, not a limit. */
  readonly cpu: number;
  /** MiB; asked for and limit at once. */
  readonly memory: number;
  /** Connections to the database that one process may hold; none for one that does not know it. */
  readonly poolSize: number;
};

export type DatabaseSize = {
  readonly edition: 'ENTERPRISE' | 'ENTERPRISE_PLUS';
  readonly tier: string;
  /** What max_connections is set to. */
  readonly connections: number;
  readonly highlyAvailable: boolean;
  readonly readReplicas: number;
  /** GB at the start, and the most that it may grow to by itself. */
  readonly disk: number;
  readonly maxDisk: number;
  /** Days of write-ahead log: how far back any instant can be restored. */
  readonly logDays: number;
  /** Daily backups that are kept. */
  readonly backups: number;
};

export type CacheSize = {
  readonly nodeType: 'SHARED_CORE_NANO' | 'STANDARD_SMALL' | 'HIGHMEM_MEDIUM';
  readonly replicas: number;
};

export type PoolSize = {
  readonly machine: string;
  readonly minNodes: number;
  readonly maxNodes: number;
  readonly disk: number;
};

/** Interruptible nodes with accelerators: none until a training asks for one. */
export type AcceleratorSize = {
  readonly type: string;
  /** Accelerators of one node. */
  readonly count: number;
  readonly machine: string;
  readonly maxNodes: number;
};

/** Node pools by what runs there; `batch` is spot: back-fill, roll-ups and training only. */
export type NodeSizes = { readonly system: PoolSize; readonly service: PoolSize; readonly batch: PoolSize };

export type Sizes = {
  readonly workloads: Readonly<Record<DeployedRole, WorkloadSize>>;
  readonly database: DatabaseSize;
  readonly cache: CacheSize;
  readonly nodes: NodeSizes;
  /** What watches the service and is not ours. */
  readonly watchers: Readonly<Record<ForeignImage, WatcherSize>>;
};

/** One, wherever it is wanted: it follows as one client does. */
const synthetic = { minReplicas: 1, maxReplicas: 1, cpu: 50, memory: 256, poolSize: 0 } as const;

const watchers = (replicas: number) => ({
  alertmanager: { replicas, cpu: 50, memory: 256 },
  frontend: { replicas, cpu: 100, memory: 256 },
  grafana: { replicas: 1, cpu: 100, memory: 512 },
  keda: { replicas, cpu: 100, memory: 256 },
  kedaMetrics: { replicas, cpu: 50, memory: 128 },
});

/** One home for every size. Small: one of each, for a handful of people; medium: as production, smaller; large: production. */
export const sizes = {
  small: {
    workloads: {
      api: { minReplicas: 1, maxReplicas: 2, cpu: 250, memory: 512, poolSize: 6 },
      pipeline: { minReplicas: 1, maxReplicas: 1, cpu: 500, memory: 1024, poolSize: 6 },
      worker: { minReplicas: 1, maxReplicas: 1, cpu: 100, memory: 512, poolSize: 4 },
      synthetic,
    },
    database: {
      edition: 'ENTERPRISE',
      tier: 'db-custom-1-3840',
      connections: 100,
      highlyAvailable: false,
      readReplicas: 0,
      disk: 20,
      maxDisk: 100,
      logDays: 3,
      backups: 7,
    },
    cache: { nodeType: 'SHARED_CORE_NANO', replicas: 0 },
    nodes: {
      system: { machine: 'e2-standard-2', minNodes: 1, maxNodes: 3, disk: 50 },
      service: { machine: 'e2-standard-4', minNodes: 1, maxNodes: 4, disk: 50 },
      batch: { machine: 'e2-standard-4', minNodes: 0, maxNodes: 2, disk: 50 },
    },
    watchers: watchers(1),
  },
  medium: {
    workloads: {
      api: { minReplicas: 2, maxReplicas: 6, cpu: 500, memory: 1024, poolSize: 8 },
      pipeline: { minReplicas: 2, maxReplicas: 2, cpu: 1000, memory: 2048, poolSize: 8 },
      worker: { minReplicas: 1, maxReplicas: 2, cpu: 250, memory: 1024, poolSize: 4 },
      synthetic,
    },
    database: {
      edition: 'ENTERPRISE',
      tier: 'db-custom-2-8192',
      connections: 200,
      highlyAvailable: true,
      readReplicas: 0,
      disk: 100,
      maxDisk: 500,
      logDays: 7,
      backups: 14,
    },
    cache: { nodeType: 'STANDARD_SMALL', replicas: 1 },
    nodes: {
      system: { machine: 'e2-standard-2', minNodes: 3, maxNodes: 6, disk: 50 },
      service: { machine: 'n2-standard-4', minNodes: 3, maxNodes: 9, disk: 100 },
      batch: { machine: 'n2-standard-8', minNodes: 0, maxNodes: 3, disk: 100 },
    },
    watchers: watchers(2),
  },
  large: {
    workloads: {
      api: { minReplicas: 3, maxReplicas: 12, cpu: 1000, memory: 1024, poolSize: 8 },
      pipeline: { minReplicas: 2, maxReplicas: 2, cpu: 2000, memory: 4096, poolSize: 10 },
      worker: { minReplicas: 2, maxReplicas: 4, cpu: 500, memory: 1024, poolSize: 4 },
      synthetic,
    },
    database: {
      edition: 'ENTERPRISE_PLUS',
      tier: 'db-perf-optimized-N-4',
      connections: 400,
      highlyAvailable: true,
      readReplicas: 1,
      disk: 250,
      maxDisk: 2_000,
      logDays: 14,
      backups: 30,
    },
    cache: { nodeType: 'STANDARD_SMALL', replicas: 2 },
    nodes: {
      system: { machine: 'e2-standard-4', minNodes: 3, maxNodes: 6, disk: 50 },
      service: { machine: 'n2-standard-8', minNodes: 3, maxNodes: 15, disk: 100 },
      batch: { machine: 'n2-standard-16', minNodes: 0, maxNodes: 6, disk: 200 },
    },
    watchers: watchers(2),
  },
} as const satisfies Record<string, Sizes>;
