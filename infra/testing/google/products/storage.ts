import type { JsonObject } from '../../engine/values.ts';
import { fullName, read } from '../engine.ts';
import { at } from '../paths.ts';
import { policyOf, setPolicy } from '../policies.ts';
import type { Attempt, Call, Collection, Product } from '../product.ts';
import { mayEncrypt } from '../rules.ts';

const buckets: Collection = {
  path: 'b',
  id: { field: 'name' },
  named: 'id',
  list: 'items',
  defaults: { storageClass: 'STANDARD', rpo: 'DEFAULT' },
  outputs,
  rules: {
    'a bucket is encrypted by a key that its service may use': mayEncrypt(
      'https://github.com/ollionorg/gcp-landing-zone/pull/59',
      'encryption.defaultKmsKeyName',
      ['gs-project-accounts'],
    ),
    'a bucket keeps versions or a period, and not both': {
      on: ['create', 'update'],
      source: 'https://github.com/terraform-google-modules/terraform-example-foundation/pull/898',
      refuses: ({ resource }) =>
        at(resource, 'versioning.enabled') === true && Number(at(resource, 'retentionPolicy.retentionPeriod') ?? 0) > 0
          ? 'Object Versioning and a retention policy are mutually exclusive.'
          : null,
    },
  },
};

/** https://cloud.google.com/storage/docs/json_api/v1/buckets */
export const storage: Product = {
  host: 'storage.googleapis.com',
  endpoints: { STORAGE: 'storage/v1/' },
  collections: [buckets],
  methods: [
    { method: 'GET', path: 'b/{bucket}/iam', answer: (call) => policyOf(call.cloud, bucketOf(call)) },
    { method: 'PUT', path: 'b/{bucket}/iam', answer: (call) => setPolicy(call.cloud, bucketOf(call), call.body) },
    { method: 'GET', path: 'b/{bucket}/o', answer: () => ({ kind: 'storage#objects', items: [] }) },
  ],
};

function bucketOf(call: Call): string {
  const name = fullName({ ...call, path: call.path.replace(/\/iam$/, '') });
  read(call, name);
  return name;
}

function outputs({ cloud, name, resource, before }: Attempt): JsonObject {
  const id = name.slice(name.lastIndexOf('/') + 1);
  const location = String(resource['location'] ?? 'US').toUpperCase();
  const multi = ['EU', 'US', 'ASIA'].includes(location);
  const metageneration = String(Number(before?.['metageneration'] ?? 0) + 1);
  return {
    ...{ kind: 'storage#bucket', id, location, locationType: multi ? 'multi-region' : 'region' },
    ...{ selfLink: `https://www.googleapis.com/storage/v1/b/${id}`, projectNumber: cloud.project.number },
    ...{ timeCreated: '2026-01-01T00:00:00Z', updated: '2026-01-01T00:00:00Z', metageneration },
  };
}
