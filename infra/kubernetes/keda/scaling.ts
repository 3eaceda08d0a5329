import type * as gcp from '@pulumi/gcp';
import type { ComponentResourceOptions, Resource } from '@pulumi/pulumi';
import { roomFor } from '../../arithmetic/quota.ts';
import type { Config } from '../../config/config.ts';
import { referenceOf, type Upstream } from '../../config/images.ts';
import { namespaces } from '../../names.ts';
import { Namespace } from '../namespace.ts';
import { url } from '../observability/frontend.ts';
import { Keda } from './keda.ts';
import { scalingPolicies } from './policies.ts';

export type ScalingArgs = {
  readonly cluster: gcp.container.Cluster;
  /** Without these no pod comes up. */
  readonly ready: readonly Resource[];
  /** The namespace of what is scaled. */
  readonly served: Resource;
  readonly copies: Readonly<Record<Upstream, string>>;
};

/** What scales the service by more than CPU, once its images are there; and where it asks for figures. */
export function scaling(
  config: Pick<Config, 'images' | 'sizes' | 'cluster'>,
  { cluster, ready, served, copies }: ScalingArgs,
  options: ComponentResourceOptions & { readonly dependsOn: readonly Resource[] },
): { readonly keda: Keda; readonly figures: string } | undefined {
  const { keda, kedaMetrics, frontend } = config.images;
  if (keda === undefined || kedaMetrics === undefined || frontend === undefined) return undefined;
  const sizes = { operator: config.sizes.watchers.keda, metrics: config.sizes.watchers.kedaMetrics };
  const namespace = new Namespace(
    'scaling',
    { namespace: namespaces.scaling, most: roomFor(Object.values(sizes)), policies: scalingPolicies(), cluster },
    options as ComponentResourceOptions,
  );
  const images = {
    operator: referenceOf('keda', keda, copies),
    metrics: referenceOf('kedaMetrics', kedaMetrics, copies),
  };
  const made = new Keda(
    'keda',
    { images, sizes, pools: config.cluster === 'standard', cluster },
    { ...options, dependsOn: [...options.dependsOn, namespace, served, ...ready] },
  );
  return { keda: made, figures: url };
}
