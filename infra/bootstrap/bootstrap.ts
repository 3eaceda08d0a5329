import * as gcp from '@pulumi/gcp';
import { interpolate } from '@pulumi/pulumi';
import { product, stateBucket } from '../names.ts';
import { type BootstrapConfig, locations } from './config.ts';

/** What the program calls before it can turn on the rest by itself. */
const apis = ['cloudresourcemanager', 'cloudkms', 'iam', 'serviceusage', 'storage'] as const;

const DAY = 86_400;

/** The interfaces, a key, and a bucket in more than one region whose versions are kept. None of it is ever deleted by a program. */
export function bootstrap({ project, projectNumber, location }: BootstrapConfig) {
  const provider = new gcp.Provider('google', {
    project,
    userProjectOverride: true,
    billingProject: project,
    defaultLabels: { product },
    addPulumiAttributionLabel: false,
  });
  const services = apis.map((api) => {
    const settings = { project, service: `${api}.googleapis.com`, disableOnDestroy: false };
    return new gcp.projects.Service(`api-${api}`, settings, { provider });
  });
  const kept = { provider, protect: true };

  const ring = new gcp.kms.KeyRing(
    'state',
    { name: `${product}-state`, location: locations[location] },
    { ...kept, dependsOn: services },
  );
  const settings = {
    name: 'state',
    keyRing: ring.id,
    rotationPeriod: `${90 * DAY}s`,
    destroyScheduledDuration: `${30 * DAY}s`,
  };
  const key = new gcp.kms.CryptoKey('state', settings, kept);
  // Cloud Storage encrypts in our name; its account exists in every project.
  const grant = new gcp.kms.CryptoKeyIAMMember(
    'state',
    {
      cryptoKeyId: key.id,
      role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter',
      member: `serviceAccount:service-${projectNumber}@gs-project-accounts.iam.gserviceaccount.com`,
    },
    { provider, deletedWith: key },
  );
  const bucket = new gcp.storage.Bucket(
    'state',
    {
      name: stateBucket(project),
      location,
      storageClass: 'STANDARD',
      uniformBucketLevelAccess: true,
      publicAccessPrevention: 'enforced',
      forceDestroy: false,
      versioning: { enabled: true },
      softDeletePolicy: { retentionDurationSeconds: 90 * DAY },
      // A hundred states back, each for a quarter of a year at least.
      lifecycleRules: [
        {
          action: { type: 'Delete' },
          condition: { numNewerVersions: 100, daysSinceNoncurrentTime: 90, withState: 'ARCHIVED' },
        },
      ],
      encryption: { defaultKmsKeyName: grant.cryptoKeyId },
    },
    kept,
  );
  return { login: interpolate`pulumi login gs://${bucket.name}`, secretsProvider: interpolate`gcpkms://${key.id}` };
}
