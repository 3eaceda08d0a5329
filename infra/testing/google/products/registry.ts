import type { Collection, Product } from '../product.ts';
import { mayEncrypt } from '../rules.ts';

const repositories: Collection = {
  path: 'projects/{project}/locations/{location}/repositories',
  id: { parameter: 'repository_id' },
  rules: {
    'a repository is encrypted by a key that its service may use': mayEncrypt(
      'https://docs.cloud.google.com/artifact-registry/docs/cmek.md.txt',
      'kmsKeyName',
      ['gcp-sa-artifactregistry'],
    ),
  },
  defaults: { mode: 'STANDARD_REPOSITORY', cleanupPolicyDryRun: false },
  outputs: ({ resource, name }) => {
    const [, project, location, id] = /projects\/([^/]+)\/locations\/([^/]+)\/repositories\/(.+)$/.exec(name) ?? [];
    const config = (resource['vulnerabilityScanningConfig'] ?? {}) as Record<string, string>;
    return {
      registryUri: `${location}-docker.pkg.dev/${project}/${id}`,
      ...{ createTime: '2026-01-01T00:00:00Z', updateTime: '2026-01-01T00:00:00Z' },
      vulnerabilityScanningConfig: { ...config, enablementState: 'SCANNING_DISABLED' },
    };
  },
};

/** https://cloud.google.com/artifact-registry/docs/reference/rest */
export const artifactRegistry: Product = {
  host: 'artifactregistry.googleapis.com',
  endpoints: { ARTIFACT_REGISTRY: 'v1/' },
  style: 'longrunning',
  collections: [repositories],
};
