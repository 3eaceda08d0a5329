import { expect, it } from 'vitest';
import type { Captured } from '../engine/captured.ts';
import { planOf, terraformType } from './plan.ts';

it.each([
  ['gcp:sql/databaseInstance:DatabaseInstance', 'google_sql_database_instance'],
  ['gcp:projects/iAMMember:IAMMember', 'google_project_iam_member'],
  ['gcp:serviceaccount/account:Account', 'google_service_account'],
  ['gcp:secretmanager/secretIamMember:SecretIamMember', 'google_secret_manager_secret_iam_member'],
  ['gcp:compute/sSLPolicy:SSLPolicy', 'google_compute_ssl_policy'],
  ['gcp:kms/cryptoKeyIAMMember:CryptoKeyIAMMember', 'google_kms_crypto_key_iam_member'],
])('%s is %s', (type, terraform) => {
  expect(terraformType(type)).toBe(terraform);
});

it('tells objects as blocks, lists of blocks by the name of one, and maps as they are', () => {
  const bucket: Captured = {
    urn: 'u',
    id: 'i',
    type: 'gcp:storage/bucket:Bucket',
    name: 'backups',
    custom: true,
    inputs: { versioning: { enabled: true }, lifecycleRules: [{ action: { type: 'Delete' } }], labels: { a_b: 'x' } },
    options: {},
    inputDependencies: {},
  };
  const [planned] = planOf([bucket]).planned_values.root_module.resources;
  expect(planned?.address).toBe('google_storage_bucket.backups');
  expect(planned?.values).toEqual({
    versioning: [{ enabled: true }],
    lifecycle_rule: [{ action: [{ type: 'Delete' }] }],
    labels: { a_b: 'x' },
  });
});
