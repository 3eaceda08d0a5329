import type { Collection, Product } from '../product.ts';

const times = { createTime: '2026-01-01T00:00:00Z', updateTime: '2026-01-01T00:00:00Z' };

const plans: Collection = {
  path: 'projects/{project}/locations/{location}/backupPlans',
  id: { parameter: 'backupPlanId' },
  outputs: ({ cloud }) => ({ ...times, uid: cloud.number(), etag: cloud.etag(), state: 'READY', protectedPodCount: 0 }),
};

const restores: Collection = {
  path: 'projects/{project}/locations/{location}/restorePlans',
  id: { parameter: 'restorePlanId' },
  outputs: ({ cloud }) => ({ ...times, uid: cloud.number(), etag: cloud.etag(), state: 'READY' }),
};

/** https://cloud.google.com/kubernetes-engine/docs/add-on/backup-for-gke/reference/rest */
export const gkeBackup: Product = {
  host: 'gkebackup.googleapis.com',
  endpoints: { GKE_BACKUP: 'v1/' },
  style: 'longrunning',
  collections: [plans, restores],
};
