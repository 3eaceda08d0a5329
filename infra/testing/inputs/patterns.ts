type Pattern = {
  /** Type of the resource. */
  readonly of: string;
  /** Lists on the way are gone through. */
  readonly path: string;
  readonly expected: RegExp;
  readonly what: string;
  /** Where it is written. */
  readonly source: string;
};

const DATABASE = 'gcp:sql/databaseInstance:DatabaseInstance';
const CACHE = 'gcp:memorystore/instance:Instance';
const POOL = 'gcp:container/nodePool:NodePool';
const region = /^[a-z]+-[a-z]+\d+$/;
const duration = /^\d+(\.\d{1,9})?s$/;

/** What inputs may be where the types of the provider list nothing, and its check looks at nothing: only the cloud would say no. */
export const patterns: readonly Pattern[] = [
  {
    of: DATABASE,
    path: 'databaseVersion',
    expected: /^POSTGRES_1[3-8]$/,
    what: 'a version of PostgreSQL that can still be made',
    source: 'https://cloud.google.com/sql/docs/postgres/db-versions',
  },
  {
    of: DATABASE,
    path: 'settings.edition',
    expected: /^(ENTERPRISE|ENTERPRISE_PLUS)$/,
    what: 'ENTERPRISE or ENTERPRISE_PLUS',
    source: 'https://cloud.google.com/sql/docs/postgres/editions-intro',
  },
  {
    of: DATABASE,
    path: 'settings.tier',
    expected: /^db-(custom-\d+-\d+|perf-optimized-N-(2|4|8|16|32|48|64|80|96|128)|c4a-highmem-(1|4|8|16|32|48|64|72))$/,
    what: 'a machine of one of the two editions',
    source: 'https://cloud.google.com/sql/docs/postgres/machine-series-overview',
  },
  {
    of: DATABASE,
    path: 'settings.availabilityType',
    expected: /^(REGIONAL|ZONAL)$/,
    what: 'REGIONAL or ZONAL',
    source: 'https://cloud.google.com/sql/docs/postgres/high-availability',
  },
  {
    of: DATABASE,
    path: 'settings.diskType',
    expected: /^(PD_SSD|HYPERDISK_BALANCED)$/,
    what: 'a kind of disk that is fast enough',
    source: 'https://cloud.google.com/sql/docs/postgres/instance-settings',
  },
  {
    of: DATABASE,
    path: 'settings.ipConfiguration.sslMode',
    expected: /^(ENCRYPTED_ONLY|TRUSTED_CLIENT_CERTIFICATE_REQUIRED)$/,
    what: 'a mode that encrypts',
    source: 'https://cloud.google.com/sql/docs/postgres/configure-ssl-instance',
  },
  {
    of: DATABASE,
    path: 'settings.ipConfiguration.serverCaMode',
    expected: /^(GOOGLE_MANAGED_INTERNAL_CA|GOOGLE_MANAGED_CAS_CA|CUSTOMER_MANAGED_CAS_CA)$/,
    what: 'one of the three kinds of authorities',
    source: 'https://cloud.google.com/sql/docs/postgres/authorize-ssl',
  },
  {
    of: DATABASE,
    path: 'settings.backupConfiguration.startTime',
    expected: /^([01]\d|2[0-3]):[0-5]\d$/,
    what: 'a time of the day in UTC, HH:MM',
    source: 'https://cloud.google.com/sql/docs/postgres/backup-recovery/backing-up',
  },
  {
    of: DATABASE,
    path: 'name',
    expected: /^[a-z]([a-z0-9-]{0,96}[a-z0-9])?$/,
    what: 'lower-case letters, digits and hyphens, a letter first; with the project 98 characters',
    source: 'https://cloud.google.com/sql/docs/postgres/instance-settings',
  },
  {
    of: DATABASE,
    path: 'region',
    expected: region,
    what: 'a region',
    source: 'https://cloud.google.com/sql/docs/postgres/locations',
  },
  {
    of: 'gcp:sql/user:User',
    path: 'type',
    expected: /^CLOUD_IAM_SERVICE_ACCOUNT$/,
    what: 'an account of Google Cloud, which has no password',
    source: 'https://cloud.google.com/sql/docs/postgres/iam-authentication',
  },
  {
    of: CACHE,
    path: 'instanceId',
    expected: /^[a-z0-9]([a-z0-9-]{2,61}[a-z0-9])$/,
    what: '4 to 63 lower-case letters, digits and hyphens',
    source: 'type documentation of memorystore.Instance',
  },
  {
    of: CACHE,
    path: 'engineVersion',
    expected: /^VALKEY_(7_2|8_0|9_0)$/,
    what: 'a version of Valkey',
    source: 'https://cloud.google.com/memorystore/docs/valkey/supported-versions',
  },
  {
    of: CACHE,
    path: 'authorizationMode',
    expected: /^IAM_AUTH$/,
    what: 'IAM_AUTH: the service knows no other way',
    source: 'https://cloud.google.com/memorystore/docs/valkey/about-iam-auth',
  },
  {
    of: CACHE,
    path: 'transitEncryptionMode',
    expected: /^SERVER_AUTHENTICATION$/,
    what: 'SERVER_AUTHENTICATION, without which tokens are sent in the clear',
    source: 'https://cloud.google.com/memorystore/docs/valkey/about-in-transit-encryption',
  },
  {
    of: CACHE,
    path: 'replicaCount',
    expected: /^[0-5]$/,
    what: '0 to 5',
    source: 'https://cloud.google.com/memorystore/docs/valkey/instance-node-specification',
  },
  {
    of: 'gcp:kms/cryptoKey:CryptoKey',
    path: 'rotationPeriod',
    expected: /^(8[6-9]\d{3}\.?\d*|9\d{4}|[1-9]\d{5,})s$/,
    what: 'seconds, at least a day',
    source: 'https://cloud.google.com/kms/docs/rotate-key',
  },
  {
    of: 'gcp:kms/cryptoKey:CryptoKey',
    path: 'destroyScheduledDuration',
    expected: duration,
    what: 'seconds',
    source: 'https://cloud.google.com/kms/docs/destroy-restore',
  },
  {
    of: 'gcp:kms/cryptoKey:CryptoKey',
    path: 'name',
    expected: /^[A-Za-z0-9_-]{1,63}$/,
    what: '1 to 63 letters, digits, underscores and hyphens',
    source: 'https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings.cryptoKeys/create',
  },
  {
    of: 'gcp:kms/keyRing:KeyRing',
    path: 'name',
    expected: /^[A-Za-z0-9_-]{1,63}$/,
    what: '1 to 63 letters, digits, underscores and hyphens',
    source: 'https://cloud.google.com/kms/docs/reference/rest/v1/projects.locations.keyRings/create',
  },
  {
    of: 'gcp:secretmanager/secret:Secret',
    path: 'secretId',
    expected: /^[A-Za-z0-9_-]{1,255}$/,
    what: '1 to 255 letters, digits, underscores and hyphens',
    source: 'https://cloud.google.com/secret-manager/docs/reference/rest/v1/projects.secrets/create',
  },
  {
    of: 'gcp:secretmanager/secret:Secret',
    path: 'versionDestroyTtl',
    expected: duration,
    what: 'seconds',
    source: 'https://cloud.google.com/secret-manager/docs/delay-destruction-secret-versions',
  },
  {
    of: 'gcp:serviceaccount/account:Account',
    path: 'accountId',
    expected: /^[a-z][a-z0-9-]{4,28}[a-z0-9]$/,
    what: '6 to 30 lower-case letters, digits and hyphens',
    source: 'https://cloud.google.com/iam/docs/service-accounts-create',
  },
  {
    of: 'gcp:projects/iAMCustomRole:IAMCustomRole',
    path: 'roleId',
    expected: /^[A-Za-z0-9_.]{3,64}$/,
    what: '3 to 64 letters, digits, underscores and periods',
    source: 'https://cloud.google.com/iam/docs/creating-custom-roles',
  },
  {
    of: 'gcp:projects/iAMCustomRole:IAMCustomRole',
    path: 'permissions',
    expected: /^[a-z]+\.[A-Za-z]+\.[A-Za-z]+$/,
    what: 'SERVICE.RESOURCE.VERB',
    source: 'https://cloud.google.com/iam/docs/permissions-reference',
  },
  {
    of: 'gcp:projects/iAMMember:IAMMember',
    path: 'role',
    expected: /^(roles\/[a-z]+(\.[A-Za-z]+)?|projects\/[a-z0-9-]+\/roles\/[A-Za-z0-9_.]+)$/,
    what: 'roles/SERVICE.ROLE, or one of the project',
    source: 'https://cloud.google.com/iam/docs/roles-overview',
  },
  {
    of: 'gcp:storage/bucket:Bucket',
    path: 'name',
    expected: /^(?!goog)[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$/,
    what: '3 to 63 lower-case letters, digits, hyphens, underscores and periods',
    source: 'https://cloud.google.com/storage/docs/buckets#naming',
  },
  {
    of: 'gcp:storage/bucket:Bucket',
    path: 'storageClass',
    expected: /^(STANDARD|NEARLINE|COLDLINE|ARCHIVE)$/,
    what: 'a class of storage',
    source: 'https://cloud.google.com/storage/docs/storage-classes',
  },
  {
    of: 'gcp:storage/bucket:Bucket',
    path: 'retentionPolicy.retentionPeriod',
    expected: /^\d{1,10}$/,
    what: 'seconds, as text',
    source: 'type documentation of storage.Bucket',
  },
  {
    of: 'gcp:storage/bucket:Bucket',
    path: 'softDeletePolicy.retentionDurationSeconds',
    expected: /^(0|60[4-9]\d{3}|6[1-9]\d{4}|[7-9]\d{5}|[1-6]\d{6}|7[0-6]\d{5}|77[0-6]\d{4}|7776000)$/,
    what: '0, or 7 to 90 days in seconds',
    source: 'https://cloud.google.com/storage/docs/soft-delete',
  },
  {
    of: 'gcp:artifactregistry/repository:Repository',
    path: 'format',
    expected: /^DOCKER$/,
    what: 'DOCKER: nothing else is pulled',
    source: 'https://cloud.google.com/artifact-registry/docs/supported-formats',
  },
  {
    of: 'gcp:artifactregistry/repository:Repository',
    path: 'repositoryId',
    expected: /^[a-z][a-z0-9-]{0,61}[a-z0-9]$/,
    what: 'lower-case letters, digits and hyphens',
    source: 'https://cloud.google.com/artifact-registry/docs/repositories/create-repos',
  },
  {
    of: POOL,
    path: 'nodeConfig.imageType',
    expected: /^COS_CONTAINERD$/,
    what: 'COS_CONTAINERD',
    source: 'https://cloud.google.com/kubernetes-engine/docs/concepts/node-images',
  },
  {
    of: POOL,
    path: 'nodeConfig.machineType',
    expected: /^[a-z]\d[a-z]*-[a-z]+-\d+g?$/,
    what: 'a type of machine, such as n2-standard-8',
    source: 'https://cloud.google.com/compute/docs/machine-resource',
  },
  {
    of: POOL,
    path: 'autoscaling.locationPolicy',
    expected: /^(BALANCED|ANY)$/,
    what: 'BALANCED or ANY',
    source: 'https://cloud.google.com/kubernetes-engine/docs/concepts/cluster-autoscaler',
  },
  {
    of: POOL,
    path: 'upgradeSettings.strategy',
    expected: /^(SURGE|BLUE_GREEN|SHORT_LIVED)$/,
    what: 'a strategy of upgrades',
    source: 'https://cloud.google.com/kubernetes-engine/docs/concepts/node-pool-upgrade-strategies',
  },
  {
    of: POOL,
    path: 'nodeConfig.taints.effect',
    expected: /^(NO_SCHEDULE|PREFER_NO_SCHEDULE|NO_EXECUTE)$/,
    what: 'an effect of a taint',
    source: 'https://cloud.google.com/kubernetes-engine/docs/how-to/node-taints',
  },
  {
    of: 'gcp:container/cluster:Cluster',
    path: 'releaseChannel.channel',
    expected: /^(RAPID|REGULAR|STABLE|EXTENDED)$/,
    what: 'a channel of releases',
    source: 'https://cloud.google.com/kubernetes-engine/docs/concepts/release-channels',
  },
  {
    of: 'gcp:container/cluster:Cluster',
    path: 'name',
    expected: /^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$/,
    what: 'at most 40 lower-case letters, digits and hyphens',
    source: 'https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters',
  },
  {
    of: 'gcp:container/cluster:Cluster',
    path: 'datapathProvider',
    expected: /^ADVANCED_DATAPATH$/,
    what: 'ADVANCED_DATAPATH',
    source: 'https://cloud.google.com/kubernetes-engine/docs/concepts/dataplane-v2',
  },
  {
    of: 'gcp:logging/projectBucketConfig:ProjectBucketConfig',
    path: 'retentionDays',
    expected: /^([1-9]\d{0,2}|[1-2]\d{3}|3[0-5]\d{2}|36[0-4]\d|3650)$/,
    what: '1 to 3650 days',
    source: 'https://cloud.google.com/logging/quotas#logs_retention_periods',
  },
];
