import { all, at, is, isNotSet, isSet, listAt, never, type Rule, type Seen, when } from '../rule.ts';

const CACHE = 'gcp:memorystore/instance:Instance';
const KEY = 'gcp:kms/cryptoKey:CryptoKey';
const BUCKET = 'gcp:storage/bucket:Bucket';
const SECRET = 'gcp:secretmanager/secret:Secret';
const REGISTRY = 'gcp:artifactregistry/repository:Repository';

/** Whatever would take data, or all access to it, with itself. */
export const holdsData = [
  CACHE,
  KEY,
  BUCKET,
  SECRET,
  'gcp:sql/databaseInstance:DatabaseInstance',
  'gcp:sql/database:Database',
  'gcp:kms/keyRing:KeyRing',
  'gcp:compute/network:Network',
  'gcp:container/cluster:Cluster',
] as const;

/** Where a resource names the key that it is encrypted with. */
const keyPaths: Readonly<Record<string, string>> = {
  [CACHE]: 'kmsKey',
  [BUCKET]: 'encryption.defaultKmsKeyName',
  [REGISTRY]: 'kmsKeyName',
  'gcp:sql/databaseInstance:DatabaseInstance': 'encryptionKeyName',
  'gcp:container/cluster:Cluster': 'databaseEncryption.keyName',
  'gcp:container/nodePool:NodePool': 'nodeConfig.bootDiskKmsKey',
  'gcp:pubsub/topic:Topic': 'kmsKeyName',
};

const seconds = (seen: Seen, path: string) => Number.parseInt(String(at(seen.props, path)), 10) || 0;
const DAY = 86_400;
const replicas = 'replication.userManaged.replicas';

/** Cache, keys, buckets, secrets, images. */
export const stores: readonly Rule[] = [
  {
    name: 'data-is-locked-altogether',
    wide: true,
    on: [...holdsData],
    what: 'In a stack that is locked, everything that holds data is.',
    why: 'One that was forgotten is the one that goes: a network takes its cluster along, a key all that it encrypted.',
    source: 'pulumi.com/docs/iac/concepts/options/protect',
    fix: 'protect: locked',
    holds: ({ protect }, stack) => protect || !stack.some((other) => other.protect && isHolder(other)),
  },
  {
    name: 'data-own-keys-altogether',
    wide: true,
    on: Object.keys(keyPaths),
    what: 'In a stack with keys of its own, everything is encrypted with them.',
    why: 'Withdrawing a key must stop everything; for most kinds a key cannot be added later without making them anew.',
    source: 'CIS GKE 5.3.1, 5.9.2',
    fix: 'the field of the kind that names a key',
    holds: ({ type, props }, stack) =>
      !stack.some((other) => other.type === KEY) || (at(props, keyPaths[type] ?? '') ?? '') !== '',
  },
  {
    name: 'cache-authenticates-and-encrypts',
    on: CACHE,
    what: 'The cache asks who comes, and encrypts.',
    why: 'Both can be said only when it is made.',
    source: 'type documentation of memorystore Instance: immutable',
    fix: 'authorizationMode and transitEncryptionMode: SERVER_AUTHENTICATION',
    holds: all(is('authorizationMode', 'IAM_AUTH', 'TOKEN_AUTH'), is('transitEncryptionMode', 'SERVER_AUTHENTICATION')),
  },
  {
    name: 'cache-known-node-type',
    on: CACHE,
    what: 'The node is of a kind that Memorystore has.',
    why: 'The check of the provider takes HUGE.',
    source: 'cloud.google.com/memorystore/docs/valkey/instance-node-specification',
    fix: 'nodeType',
    holds: is('nodeType', 'SHARED_CORE_NANO', 'STANDARD_SMALL', 'HIGHMEM_MEDIUM', 'HIGHMEM_XLARGE'),
  },
  {
    name: 'cache-one-shard',
    on: CACHE,
    what: 'The cache speaks the protocol without cluster.',
    why: 'The client of the service does; the mode can be said only when it is made.',
    source: 'cloud.google.com/memorystore/docs/valkey/cluster-mode-enabled-and-disabled',
    fix: 'mode: CLUSTER_DISABLED, shardCount: 1',
    holds: all(is('mode', 'CLUSTER_DISABLED'), is('shardCount', 1)),
  },
  {
    name: 'cache-replica-where-locked',
    on: CACHE,
    what: 'A locked cache has a replica in another zone.',
    why: 'Without one the loss of a zone empties it for as long as it takes to make another.',
    source: 'cloud.google.com/memorystore/docs/valkey/ha-and-replicas',
    fix: 'replicaCount: 1 or 2, zoneDistributionConfig.mode: MULTI_ZONE',
    holds: when(
      is('deletionProtectionEnabled', true),
      (seen, stack) =>
        Number(at(seen.props, 'replicaCount')) > 0 && is('zoneDistributionConfig.mode', 'MULTI_ZONE')(seen, stack),
    ),
  },
  {
    name: 'key-turns-every-quarter',
    on: KEY,
    what: 'A key is renewed within ninety days.',
    why: 'A key that leaked opens what was written since.',
    source: 'CIS GCP 1.10',
    fix: 'rotationPeriod: 7776000s',
    holds: when(
      isNotSet('purpose'),
      (seen) => seconds(seen, 'rotationPeriod') > 0 && seconds(seen, 'rotationPeriod') <= 90 * DAY,
    ),
  },
  {
    name: 'key-can-be-brought-back',
    on: KEY,
    what: 'A key that is destroyed can be brought back for a month.',
    why: 'Nothing that it encrypted can be read without it.',
    source: 'cloud.google.com/kms/docs/destroy-restore',
    fix: 'destroyScheduledDuration: 2592000s',
    holds: (seen) => seconds(seen, 'destroyScheduledDuration') >= 30 * DAY,
  },
  {
    name: 'bucket-is-private',
    on: BUCKET,
    what: 'Nothing in a bucket can be made public, object by object or at all.',
    why: 'One wrong grant is enough.',
    source: 'CIS GCP 5.1, 5.2, CKV_GCP_29, CKV_GCP_114',
    fix: 'uniformBucketLevelAccess: true, publicAccessPrevention: enforced',
    holds: all(is('uniformBucketLevelAccess', true), is('publicAccessPrevention', 'enforced')),
  },
  {
    name: 'bucket-keeps-what-was-overwritten',
    on: BUCKET,
    what: 'What is overwritten or deleted can be brought back for a week at least.',
    why: 'A backup that a mistake overwrites was none.',
    source: 'CKV_GCP_78, cloud.google.com/storage/docs/soft-delete',
    fix: 'versioning.enabled: true or a retentionPolicy, softDeletePolicy.retentionDurationSeconds',
    holds: (seen, stack) =>
      (is('versioning.enabled', true)(seen, stack) || isSet('retentionPolicy')(seen, stack)) &&
      seconds(seen, 'softDeletePolicy.retentionDurationSeconds') >= 7 * DAY,
  },
  {
    name: 'bucket-versions-or-retention',
    on: BUCKET,
    what: 'A bucket keeps versions, or lets nothing be overwritten for a time, and not both.',
    why: 'Where both are asked for the API refuses the bucket; neither types nor the check of the provider say so.',
    source:
      'terraform-google-modules/terraform-example-foundation#898, google/exposure-notifications-verification-server#877',
    fix: 'versioning.enabled: false where there is a retentionPolicy',
    holds: when(isSet('retentionPolicy'), is('versioning.enabled', false, undefined)),
  },
  {
    name: 'bucket-is-not-emptied',
    on: BUCKET,
    what: 'A bucket that holds something cannot be deleted.',
    why: 'forceDestroy empties it first.',
    source: 'type documentation of Bucket, forceDestroy',
    fix: 'forceDestroy: false',
    holds: is('forceDestroy', false, undefined),
  },
  {
    name: 'bucket-lock-is-no-default',
    on: BUCKET,
    what: 'No retention policy is locked by this program.',
    why: 'It can never be taken back, not even by Google: a wrong period is paid for until it ends.',
    source: 'cloud.google.com/storage/docs/bucket-lock',
    fix: 'retentionPolicy.isLocked: false; lock by hand',
    holds: is('retentionPolicy.isLocked', false, undefined),
  },
  {
    name: 'secret-values-stay-out',
    on: ['gcp:secretmanager/secretVersion:SecretVersion', 'kubernetes:core/v1:Secret'],
    what: 'The program holds no value of a secret.',
    why: 'It would be in the state, in plain sight of whoever may read it.',
    source: 'pulumi/pulumi-kubernetes#734, #1353',
    fix: 'gcloud secrets versions add, and SecretSync',
    holds: never,
  },
  {
    name: 'secret-in-two-regions',
    wide: true,
    on: SECRET,
    what: 'In a stack with keys of its own a secret is kept in two regions.',
    why: 'What recovers the service elsewhere needs it there.',
    source: 'cloud.google.com/secret-manager/docs/choosing-replication',
    fix: 'replication.userManaged.replicas: two, a key of each region',
    holds: (seen, stack) =>
      !stack.some((other) => other.type === KEY) ||
      (listAt(seen.props, replicas).length >= 2 &&
        listAt(seen.props, replicas).every(
          (replica) => at(replica, 'customerManagedEncryption.kmsKeyName') !== undefined,
        )),
  },
  {
    name: 'secret-can-be-brought-back',
    on: SECRET,
    what: 'A version of a secret that is destroyed can be brought back for a day at least.',
    why: 'Destroyed by mistake it would be gone at once.',
    source: 'cloud.google.com/secret-manager/docs/delay-secret-version-destruction',
    fix: 'versionDestroyTtl: 604800s',
    holds: (seen) => seconds(seen, 'versionDestroyTtl') >= DAY,
  },
  {
    name: 'images-do-not-change',
    on: REGISTRY,
    what: 'A tag of our own registry never means another image.',
    why: 'What was tested must be what runs.',
    source: 'cloud.google.com/artifact-registry/docs/docker/troubleshoot#immutable',
    fix: 'dockerConfig.immutableTags: true',
    holds: when(isNotSet('remoteRepositoryConfig'), is('dockerConfig.immutableTags', true)),
  },
  {
    name: 'images-are-looked-through',
    on: REGISTRY,
    what: 'Images are looked through for known holes.',
    why: 'A hole is found after an image was built.',
    source: 'CIS GKE 5.1.1',
    fix: 'vulnerabilityScanningConfig.enablementConfig: INHERITED',
    holds: is('vulnerabilityScanningConfig.enablementConfig', 'INHERITED'),
  },
  {
    name: 'images-are-tidied-up',
    on: REGISTRY,
    what: 'Old images really go.',
    why: 'A cleaning that is only rehearsed costs more every month.',
    source: 'cloud.google.com/artifact-registry/docs/repositories/cleanup-policy',
    fix: 'cleanupPolicyDryRun: false, with cleanupPolicies',
    holds: when(isSet('cleanupPolicies'), is('cleanupPolicyDryRun', false)),
  },
];

const isHolder = ({ type }: Seen) => holdsData.some((known) => known === type);
