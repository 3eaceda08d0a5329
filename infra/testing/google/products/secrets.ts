import type { Collection, Product } from '../product.ts';
import { mayEncrypt } from '../rules.ts';

const secrets: Collection = {
  path: 'projects/{project}/secrets',
  id: { parameter: 'secretId' },
  named: 'number',
  rules: {
    'a secret is encrypted by a key that its service may use': mayEncrypt(
      'https://cloud.google.com/secret-manager/docs/cmek',
      'replication.userManaged.replicas.customerManagedEncryption.kmsKeyName',
      ['gcp-sa-secretmanager'],
    ),
  },
  outputs: ({ cloud }) => ({ createTime: '2026-01-01T00:00:00Z', etag: cloud.etag() }),
};

/** https://cloud.google.com/secret-manager/docs/reference/rest */
export const secretManager: Product = {
  host: 'secretmanager.googleapis.com',
  endpoints: { SECRET_MANAGER: 'v1/' },
  collections: [secrets],
};
