import type { CustomResourceOptions, Resource } from '@pulumi/pulumi';

/** What objects go with: a cluster that was there before us stays, and nothing goes with it. */
export type Cluster = Resource | undefined;

/** For an object in a cluster. */
export function inside(parent: Resource, cluster: Cluster): CustomResourceOptions {
  return cluster === undefined ? { parent } : { parent, deletedWith: cluster };
}
