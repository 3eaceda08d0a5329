/** What something costs a month or an hour, in US dollars, in us-central1, without discounts and free tiers. */
export type Price = {
  readonly dollars: number;
  readonly per: string;
  readonly source: string;
  /** Read: a page said so on that date. Assumed: from lists as they were known, not read anew; look it up before you rely on it. */
  readonly basis: 'read' | 'assumed';
};

/** The day on which this table was made. */
export const MADE_ON = '2026-11-21';

/** Other regions cost more: this much, roughly, in those of Europe. */
export const REGION_FACTOR = { value: 1.15, basis: 'assumed', source: 'cloud.google.com/compute/all-pricing' } as const;

export const HOURS = 730;

const read = (dollars: number, per: string, source: string): Price => ({ dollars, per, source, basis: 'read' });
const assumed = (dollars: number, per: string, source: string): Price => ({ dollars, per, source, basis: 'assumed' });

const compute = 'cloud.google.com/compute/all-pricing';
const sql = 'cloud.google.com/sql/pricing';
const memorystore = 'cloud.google.com/memorystore/docs/valkey/pricing';

export const prices = {
  cluster: read(0.1, 'cluster and hour', 'cloud.google.com/kubernetes-engine/pricing'),
  e2Core: assumed(0.02181, 'core and hour', compute),
  e2Memory: assumed(0.00292, 'GB and hour', compute),
  n2Core: assumed(0.03161, 'core and hour', compute),
  n2Memory: assumed(0.00424, 'GB and hour', compute),
  podCore: assumed(0.0445, 'core and hour, asked for', 'cloud.google.com/kubernetes-engine/pricing'),
  podMemory: assumed(0.00492, 'GB and hour, asked for', 'cloud.google.com/kubernetes-engine/pricing'),
  disk: assumed(0.1, 'GB and month', 'cloud.google.com/compute/disks-image-pricing'),
  sqlCore: read(0.0413, 'core and hour', 'www.usage.ai/blogs/gcp/cloud-sql/pricing, of May 2026'),
  sqlMemory: read(0.007, 'GB and hour', 'www.usage.ai/blogs/gcp/cloud-sql/pricing, of May 2026'),
  sqlPlusCore: assumed(0.0537, 'core and hour', sql),
  sqlPlusMemory: assumed(0.0091, 'GB and hour', sql),
  sqlDisk: assumed(0.17, 'GB and month', sql),
  sqlBackup: assumed(0.08, 'GB and month', sql),
  valkeyNano: assumed(0.0375, 'node and hour', memorystore),
  valkeySmall: assumed(0.145, 'node and hour', memorystore),
  valkeyMedium: assumed(0.2, 'node and hour', memorystore),
  gatewayRule: assumed(0.025, 'hour, up to five rules', 'cloud.google.com/vpc/network-pricing'),
  armorPolicy: assumed(5, 'policy and month', 'cloud.google.com/armor/pricing'),
  armorRule: assumed(1, 'rule and month', 'cloud.google.com/armor/pricing'),
  natNode: assumed(0.0014, 'node and hour', 'cloud.google.com/nat/pricing'),
  address: assumed(0.005, 'address and hour', 'cloud.google.com/vpc/network-pricing'),
  key: assumed(0.06, 'version and month', 'cloud.google.com/kms/pricing'),
  secret: assumed(0.06, 'version, place and month', 'cloud.google.com/secret-manager/pricing'),
  zone: assumed(0.2, 'zone and month', 'cloud.google.com/dns/pricing'),
  samples: assumed(0.06, 'million samples', 'cloud.google.com/stackdriver/pricing'),
} as const satisfies Record<string, Price>;

export type PriceName = keyof typeof prices;

/** What no resource says beforehand, and is therefore not counted. */
export const leftOut = [
  'traffic: out to clients, between zones, through NAT and the load balancer',
  'logs beyond the free 50 GiB a month, and traces',
  'objects in buckets, copies of images, backups of the cluster',
  'requests: to Cloud Armor, Cloud DNS, Cloud KMS, Secret Manager, uptime checks',
  'nodes above the least that a pool has, spot nodes while a training runs',
  'support, taxes, discounts for committed or sustained use, free tiers',
] as const;
