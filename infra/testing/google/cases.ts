import {
  accounts,
  buckets,
  type Case,
  cache,
  caches,
  cluster,
  clusters,
  compute,
  database,
  dns,
  encrypted,
  endpoints,
  HOME,
  KEY,
  key,
  maps,
  monitoring,
  NETWORK,
  network,
  P,
  peering,
  peerings,
  policy,
  pools,
  record,
  rings,
  setPolicy,
  sql,
  stays,
  subnet,
  usage,
} from './requests.ts';

/** By the name of the rule. */
export const cases: Readonly<Record<string, Case>> = {
  'an interface that is off does not answer': {
    given: [[`POST ${usage}/dns.googleapis.com:disable`]],
    asked: [`POST ${dns}/managedZones`, { name: 'z', dnsName: 'example.com.' }],
    says: /has not been used in project 123456789012 before or it is disabled/,
    until: [[`POST ${usage}/dns.googleapis.com:enable`]],
  },
  'a policy that somebody else has changed is not replaced': {
    given: [[`POST ${accounts}`, { accountId: 'a' }]],
    asked: setPolicy(`${accounts}/a@acme-signals.iam.gserviceaccount.com`, 'roles/viewer', 'user:a@example.com', 'old'),
    says: /concurrent policy changes/,
    until: 'never',
  },
  'a policy names no account that does not exist': {
    given: key,
    asked: setPolicy(
      `${rings}/r/cryptoKeys/k`,
      'roles/viewer',
      'serviceAccount:a@acme-signals.iam.gserviceaccount.com',
    ),
    says: /Service account a@acme-signals\.iam\.gserviceaccount\.com does not exist/,
    until: [[`POST ${accounts}`, { accountId: 'a' }]],
  },
  'a policy names no account of Kubernetes before the first cluster': {
    given: [[`POST ${accounts}`, { accountId: 'a' }]],
    asked: setPolicy(
      `${accounts}/a@acme-signals.iam.gserviceaccount.com`,
      'roles/iam.workloadIdentityUser',
      'serviceAccount:acme-signals.svc.id.goog[heliograph/api]',
    ),
    says: /Identity Pool does not exist \(acme-signals\.svc\.id\.goog\)/,
    until: [cluster],
  },
  'the name of a key is never free again': {
    given: [...key, [`POST ${rings}/r/cryptoKeys/k/cryptoKeyVersions/1:destroy`]],
    asked: [`POST ${rings}/r/cryptoKeys?cryptoKeyId=k`, { purpose: 'ENCRYPT_DECRYPT' }],
    says: /already exists/,
    until: 'never',
  },
  'names of workloadIdentityPools of iam.googleapis.com are free after 30 days': {
    given: [[`POST ${pools}?workloadIdentityPoolId=ci`, {}], [`DELETE ${pools}/ci`]],
    asked: [`POST ${pools}?workloadIdentityPoolId=ci`, {}],
    says: /cannot be had again yet/,
    until: { days: 30 },
  },
  'names of buckets of logging.googleapis.com are free after 7 days': {
    given: [[`POST ${buckets}?bucketId=b`, { retentionDays: 30 }], [`DELETE ${buckets}/b`]],
    asked: [`POST ${buckets}?bucketId=b`, { retentionDays: 30 }],
    says: /cannot be had again yet/,
    until: { days: 7 },
  },
  'a network that is in use is not deleted': {
    given: [network, subnet],
    asked: [`DELETE ${compute}/global/networks/n`],
    says: /The network resource 'projects\/acme-signals\/global\/networks\/n' is already being used by .*subnetworks\/s/,
    until: [[`DELETE ${compute}/regions/europe-west3/subnetworks/s`]],
  },
  'a network with a peering is not deleted': {
    given: [network, peering],
    asked: [`DELETE ${compute}/global/networks/n`],
    says: /is already being used by 'services\/servicenetworking/,
    until: [[`POST ${peerings}/servicenetworking-googleapis-com:deleteConnection`, { consumerNetwork: NETWORK }]],
  },
  'a peering that a database is behind is not deleted': {
    given: [network, peering, database({ ipConfiguration: { privateNetwork: NETWORK } })],
    asked: [`POST ${peerings}/servicenetworking-googleapis-com:deleteConnection`, { consumerNetwork: NETWORK }],
    says: /Producer services \(e\.g\. CloudSQL, Cloud Memstore, etc\.\) are still using this connection/,
    until: [[`DELETE ${sql}/d`]],
  },
  'a subnet that is in use is not deleted': {
    given: [network, subnet, cluster],
    asked: [`DELETE ${compute}/regions/europe-west3/subnetworks/s`],
    says: /The subnetwork resource .* is already being used by .*clusters\/c/,
    until: [[`DELETE ${clusters}/c`]],
  },
  'an address that is in use is not deleted': {
    given: [
      [`POST ${compute}/regions/europe-west3/addresses`, { name: 'a' }],
      [
        `POST ${compute}/regions/europe-west3/routers`,
        {
          name: 'r',
          nats: [
            { name: 'n', natIps: [`https://www.googleapis.com/compute/v1/${P}/regions/europe-west3/addresses/a`] },
          ],
        },
      ],
    ],
    asked: [`DELETE ${compute}/regions/europe-west3/addresses/a`],
    says: /The address resource .* is already being used by .*routers\/r/,
    until: [[`PATCH ${compute}/regions/europe-west3/routers/r`, { nats: [] }]],
  },
  'a zone with records is not deleted': {
    given: [
      [`POST ${dns}/managedZones`, { name: 'z', dnsName: 'example.com.' }],
      [`POST ${dns}/managedZones/z/changes`, { additions: [record] }],
    ],
    asked: [`DELETE ${dns}/managedZones/z`],
    says: /cannot be deleted because it is not empty/,
    until: [[`POST ${dns}/managedZones/z/changes`, { deletions: [record] }]],
  },
  'a response policy with rules is not deleted': {
    given: [
      [`POST ${dns}/responsePolicies`, { ...policy, networks: [] }],
      [`POST ${dns}/responsePolicies/p/rules`, { ruleName: 'r', dnsName: 'a.example.com.' }],
    ],
    asked: [`DELETE ${dns}/responsePolicies/p`],
    says: /is not empty/,
    until: [[`DELETE ${dns}/responsePolicies/p/rules/r`]],
  },
  'a response policy of a network is not deleted': {
    given: [[`POST ${dns}/responsePolicies`, policy]],
    asked: [`DELETE ${dns}/responsePolicies/p`],
    says: /is still referenced by a network/,
    until: [[`PATCH ${dns}/responsePolicies/p`, { networks: [] }]],
  },
  'a certificate map with entries is not deleted': {
    given: [
      [`POST ${maps}?certificateMapId=m`, {}],
      [`POST ${maps}/m/certificateMapEntries?certificateMapEntryId=e`, { hostname: 'a.example.com' }],
    ],
    asked: [`DELETE ${maps}/m`],
    says: /contains certificate map entries/,
    until: [[`DELETE ${maps}/m/certificateMapEntries/e`]],
  },
  'an uptime check that an alert rests on is not deleted': {
    given: [
      [`POST ${monitoring}/uptimeCheckConfigs`, { displayName: 'u' }],
      [`POST ${monitoring}/alertPolicies`, { conditions: [{ conditionThreshold: { filter: 'check="$1"' } }] }],
    ],
    asked: ['DELETE monitoring.googleapis.com/v3/$1'],
    says: /One or more alerting policies is using it/,
    until: [['DELETE monitoring.googleapis.com/v3/$2']],
  },
  'an instance that is protected is not deleted': {
    given: [database({ deletionProtectionEnabled: true })],
    asked: [`DELETE ${sql}/d`],
    says: /Please disable the deletion protection/,
    until: [[`PATCH ${sql}/d`, { settings: { deletionProtectionEnabled: false } }]],
  },
  'an instance that others follow is not deleted': {
    given: [database(), database({}, { name: 'replica', region: 'europe-west4', masterInstanceName: 'd' })],
    asked: [`DELETE ${sql}/d`],
    says: /has replicas, which must be deleted first/,
    until: [[`DELETE ${sql}/replica`]],
  },
  'a tier is of its edition': {
    given: [database()],
    asked: [`PATCH ${sql}/d`, { settings: { tier: 'db-perf-optimized-N-2' } }],
    says: /Invalid Tier \(db-perf-optimized-N-2\) for \(ENTERPRISE\) Edition/,
    until: [[`PATCH ${sql}/d`, { settings: { tier: 'db-perf-optimized-N-4', edition: 'ENTERPRISE_PLUS' } }]],
  },
  'the log is kept for as long as the edition allows': {
    given: [database()],
    asked: [`PATCH ${sql}/d`, { settings: { backupConfiguration: { transactionLogRetentionDays: 14 } } }],
    says: /must be between 1 and 7/,
    until: [[`PATCH ${sql}/d`, { settings: { tier: 'db-perf-optimized-N-4', edition: 'ENTERPRISE_PLUS' } }]],
  },
  'a cache that is protected is not deleted': {
    given: [cache({ deletionProtectionEnabled: true })],
    asked: [`DELETE ${caches}/c`],
    says: /has deletion protection enabled/,
    until: [[`PATCH ${caches}/c?updateMask=deletionProtectionEnabled`, { deletionProtectionEnabled: false }]],
  },
  'a cache needs a service connection policy': {
    asked: cache({ endpoints }),
    says: /No service connection policy for gcp-memorystore/,
    until: [
      [
        `POST networkconnectivity.googleapis.com/v1/${HOME}/serviceConnectionPolicies?serviceConnectionPolicyId=p`,
        { network: NETWORK, serviceClass: 'gcp-memorystore' },
      ],
    ],
  },
  'authorizationMode of instances of memorystore.googleapis.com stays': stays('authorizationMode', 'AUTH_DISABLED'),
  'transitEncryptionMode of instances of memorystore.googleapis.com stays': stays(
    'transitEncryptionMode',
    'TRANSIT_ENCRYPTION_DISABLED',
  ),
  'an instance is encrypted by a key that its service may use': encrypted(
    database({}, { diskEncryptionConfiguration: { kmsKeyName: KEY } }),
    'gcp-sa-cloud-sql',
    'sqladmin',
  ),
  'a cache is encrypted by a key that its service may use': encrypted(
    cache({ kmsKey: KEY }),
    'gcp-sa-memorystore',
    'memorystore',
  ),
  'a bucket is encrypted by a key that its service may use': encrypted(
    [`POST storage.googleapis.com/storage/v1/b?project=x`, { name: 'b', encryption: { defaultKmsKeyName: KEY } }],
    'gs-project-accounts',
  ),
  'a bucket keeps versions or a period, and not both': {
    given: [[`POST storage.googleapis.com/storage/v1/b?project=x`, { name: 'b', versioning: { enabled: true } }]],
    asked: [`PATCH storage.googleapis.com/storage/v1/b/b`, { retentionPolicy: { retentionPeriod: '60' } }],
    says: /mutually exclusive/,
    until: [[`PATCH storage.googleapis.com/storage/v1/b/b`, { versioning: { enabled: false } }]],
  },
  'a repository is encrypted by a key that its service may use': encrypted(
    [`POST artifactregistry.googleapis.com/v1/${HOME}/repositories?repository_id=r`, { kmsKeyName: KEY }],
    'gcp-sa-artifactregistry',
    'artifactregistry',
  ),
  'a topic is encrypted by a key that its service may use': encrypted(
    [`PUT pubsub.googleapis.com/v1/${P}/topics/t`, { kmsKeyName: KEY }],
    'gcp-sa-pubsub',
    'pubsub',
  ),
  'a secret is encrypted by a key that its service may use': encrypted(
    [
      `POST secretmanager.googleapis.com/v1/${P}/secrets?secretId=s`,
      { replication: { userManaged: { replicas: [{ customerManagedEncryption: { kmsKeyName: KEY } }] } } },
    ],
    'gcp-sa-secretmanager',
    'secretmanager',
  ),
};
