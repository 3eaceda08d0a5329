import type { Rule } from './rule.ts';
import { cluster } from './rules/cluster.ts';
import { database } from './rules/database.ts';
import { project } from './rules/project.ts';
import { stores } from './rules/stores.ts';
import { workloads } from './rules/workloads.ts';

/** Every rule, by what it is about. */
export const subjects = {
  Database: database,
  'Cache, keys, buckets, secrets, images': stores,
  'Cluster and nodes': cluster,
  'Project, network, rights, edge': project,
  'What runs in the cluster': workloads,
} as const satisfies Record<string, readonly Rule[]>;

export const rules: readonly Rule[] = Object.values(subjects).flat();
