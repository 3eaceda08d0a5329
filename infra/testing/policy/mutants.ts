/** One mistake in one of our own stacks, production unless it says another. */
export type Mutant = {
  readonly stack?: string;
  /** The last type and the name of the resource that is changed. */
  readonly of?: string;
  /** By path, as `changed` takes it. */
  readonly change?: Readonly<Record<string, unknown>>;
  /** Options that are others. */
  readonly options?: {
    readonly protect?: false;
    readonly ignoreChanges?: readonly string[];
    readonly deletedWith?: undefined;
    readonly dependsOn?: undefined;
    readonly provider?: undefined;
  };
  /** A resource that is there as well: type, and inputs. */
  readonly add?: readonly [type: string, props: Readonly<Record<string, unknown>>];
  /** A resource that is gone. */
  readonly without?: string;
};

const DATABASE = 'gcp:sql/databaseInstance:DatabaseInstance database';
const CACHE = 'gcp:memorystore/instance:Instance cache';
const CLUSTER = 'gcp:container/cluster:Cluster cluster';
const POOL = 'gcp:container/nodePool:NodePool nodes-service';
const BATCH = 'gcp:container/nodePool:NodePool nodes-batch';
const KEY = 'gcp:kms/cryptoKey:CryptoKey keys-database';
const BUCKET = 'gcp:storage/bucket:Bucket storage-backups';
const SECRET = 'gcp:secretmanager/secret:Secret secrets-CURSOR_SECRET';
const REGISTRY = 'gcp:artifactregistry/repository:Repository registry';
const NETWORK = 'gcp:compute/network:Network network';
const NAT = 'gcp:compute/routerNat:RouterNat network-nat';
const SHELL = 'gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule network-firewall-administration';
const GRANT = 'gcp:projects/iAMMember:IAMMember identity-api-cloudsql-client';
const ARMOR = 'gcp:compute/securityPolicy:SecurityPolicy edge';
const API = 'kubernetes:apps/v1:Deployment api';
const PIPELINE = 'kubernetes:apps/v1:Deployment pipeline';
const ALERTMANAGER = 'kubernetes:apps/v1:StatefulSet alertmanager';
const SCALER = 'kubernetes:keda.sh/v1alpha1:ScaledObject api';
const JOB = 'kubernetes:batch/v1:Job migration';
const SERVICE = 'kubernetes:core/v1:Service api';
const ACCOUNT = 'kubernetes:core/v1:ServiceAccount api';
const BACKEND = 'kubernetes:networking.gke.io/v1:GCPBackendPolicy gateway-backend';
const PROVIDER = 'pulumi:providers:kubernetes kubernetes';

const backups = 'settings.backupConfiguration';
const pod = 'spec.template.spec';
const main = `${pod}.containers.0`;
const sidecar = `${pod}.initContainers.0`;

/** For each rule, mistakes that it catches, and no other does. */
export const mutants: Readonly<Record<string, readonly Mutant[]>> = {
  'database-edition-is-said': [
    on(DATABASE, { 'settings.edition': undefined, [`${backups}.transactionLogRetentionDays`]: 7 }),
  ],
  'database-tier-fits-edition': [
    on(DATABASE, { 'settings.tier': 'db-custom-4-16384' }),
    on(DATABASE, { 'settings.tier': 'nonsense' }),
    on(DATABASE, { 'settings.tier': 'db-perf-optimized-N-2' }, 'dev'),
  ],
  'database-known-version': [on(DATABASE, { databaseVersion: 'POSTGRES_99' })],
  'database-log-days-fit-edition': [
    on(DATABASE, {
      [`${backups}.transactionLogRetentionDays`]: 36,
      [`${backups}.backupRetentionSettings.retainedBackups`]: 60,
    }),
    on(
      DATABASE,
      { [`${backups}.transactionLogRetentionDays`]: 8, [`${backups}.backupRetentionSettings.retainedBackups`]: 60 },
      'dev',
    ),
  ],
  'database-backups-outlast-log': [on(DATABASE, { [`${backups}.backupRetentionSettings.retainedBackups`]: 14 })],
  'database-point-in-time': [
    on(DATABASE, { [`${backups}.pointInTimeRecoveryEnabled`]: false }),
    on(DATABASE, { [`${backups}.enabled`]: false }),
  ],
  'database-outlived-by-backups': [
    on(DATABASE, { 'settings.retainBackupsOnDelete': false }),
    on(DATABASE, { 'settings.finalBackupConfig': undefined }),
  ],
  'database-locked-twice': [on(DATABASE, { 'settings.deletionProtectionEnabled': false })],
  'database-highly-available': [on(DATABASE, { 'settings.availabilityType': 'ZONAL' })],
  'database-no-public-address': [on(DATABASE, { 'settings.ipConfiguration.ipv4Enabled': true })],
  'database-encrypts-connections': [
    on(DATABASE, { 'settings.ipConfiguration.sslMode': 'ALLOW_UNENCRYPTED_AND_ENCRYPTED' }),
  ],
  'database-through-connector': [on(DATABASE, { 'settings.connectorEnforcement': 'NOT_REQUIRED' })],
  'database-disk-is-not-compared': [{ of: DATABASE, options: { ignoreChanges: [] } }],
  'database-pooling-only-when-on': [
    on(DATABASE, { 'settings.connectionPoolConfigs': [{ connectionPoolingEnabled: false }] }),
  ],
  'database-private-connection-declared': [
    on(DATABASE, { 'settings.ipConfiguration.pscConfigs.0.pscAutoConnections': undefined }),
  ],
  'database-flag-iam-authentication': [flag('cloudsql.iam_authentication', 1, 'off')],
  'database-flag-enable-pgaudit': [flag('cloudsql.enable_pgaudit', 2, 'off')],
  'database-flag-log-connections': [flag('log_connections', 5, 'off')],
  'database-flag-log-disconnections': [flag('log_disconnections', 6, 'off')],
  'database-flag-log-min-duration-statement': [flag('log_min_duration_statement', 9, '100')],
  'database-users-are-identities': [
    on('gcp:sql/user:User database-api', { type: 'BUILT_IN' }),
    on('gcp:sql/user:User database-api', { password: { secret: 'x' } }),
  ],
  'database-contents-are-abandoned': [
    on('gcp:sql/user:User database-api', { deletionPolicy: undefined }),
    on('gcp:sql/database:Database database', { deletionPolicy: 'DELETE' }),
  ],
  'database-maintained-at-the-weekend': [
    on(DATABASE, { 'settings.maintenanceWindow.day': 3 }),
    on(DATABASE, { 'settings.maintenanceWindow': undefined }),
  ],

  'data-is-locked-altogether': [
    { of: NETWORK, options: { protect: false } },
    { of: KEY, options: { protect: false } },
    { of: 'gcp:sql/database:Database database', options: { protect: false } },
  ],
  'data-own-keys-altogether': [
    on(CACHE, { kmsKey: undefined }),
    on(BUCKET, { encryption: undefined }),
    on(POOL, { 'nodeConfig.bootDiskKmsKey': undefined }),
    on(CLUSTER, { databaseEncryption: undefined }),
  ],
  'cache-authenticates-and-encrypts': [
    on(CACHE, { authorizationMode: 'AUTH_DISABLED' }),
    on(CACHE, { transitEncryptionMode: undefined }),
  ],
  'cache-known-node-type': [on(CACHE, { nodeType: 'HUGE' })],
  'cache-one-shard': [on(CACHE, { mode: 'CLUSTER' }), on(CACHE, { shardCount: 3 })],
  'cache-replica-where-locked': [
    on(CACHE, { replicaCount: 0 }),
    on(CACHE, { 'zoneDistributionConfig.mode': 'SINGLE_ZONE' }),
  ],
  'key-turns-every-quarter': [on(KEY, { rotationPeriod: '31536000s' }), on(KEY, { rotationPeriod: undefined })],
  'key-can-be-brought-back': [on(KEY, { destroyScheduledDuration: '86400s' })],
  'bucket-is-private': [
    on(BUCKET, { publicAccessPrevention: 'inherited' }),
    on(BUCKET, { uniformBucketLevelAccess: false }),
  ],
  'bucket-keeps-what-was-overwritten': [
    on('gcp:storage/bucket:Bucket storage-models', { 'versioning.enabled': false }),
    on(BUCKET, { 'softDeletePolicy.retentionDurationSeconds': 0 }),
  ],
  'bucket-versions-or-retention': [on(BUCKET, { 'versioning.enabled': true })],
  'bucket-is-not-emptied': [on(BUCKET, { forceDestroy: true })],
  'bucket-lock-is-no-default': [on(BUCKET, { 'retentionPolicy.isLocked': true })],
  'secret-values-stay-out': [
    { add: ['gcp:secretmanager/secretVersion:SecretVersion', { secret: 'x', secretData: 'value' }] },
    {
      add: [
        'kubernetes:core/v1:Secret',
        { metadata: { name: 'x', namespace: 'heliograph' }, stringData: { key: 'value' } },
      ],
    },
  ],
  'secret-in-two-regions': [
    on(SECRET, { 'replication.userManaged.replicas.1': undefined }),
    on(SECRET, { replication: { auto: {} } }),
  ],
  'secret-can-be-brought-back': [on(SECRET, { versionDestroyTtl: undefined })],
  'images-do-not-change': [on(REGISTRY, { 'dockerConfig.immutableTags': false })],
  'images-are-looked-through': [on(REGISTRY, { 'vulnerabilityScanningConfig.enablementConfig': 'DISABLED' })],
  'images-are-tidied-up': [on(REGISTRY, { cleanupPolicyDryRun: true })],

  'cluster-without-inline-pools': [
    on(CLUSTER, { nodePools: [{ name: 'x' }] }),
    on(CLUSTER, { removeDefaultNodePool: undefined }),
    on(CLUSTER, { 'nodeConfig.machineType': 'e2-standard-2' }),
  ],
  'cluster-default-pool-is-not-compared': [{ of: CLUSTER, options: { ignoreChanges: ['initialNodeCount'] } }],
  'cluster-read-only-port-is-said': [on(CLUSTER, { nodePoolAutoConfig: undefined })],
  'cluster-nodes-are-private': [on(CLUSTER, { 'privateClusterConfig.enablePrivateNodes': false })],
  'cluster-control-plane-by-name': [
    on(CLUSTER, { 'controlPlaneEndpointsConfig.ipEndpointsConfig.enabled': true }),
    on(CLUSTER, { 'controlPlaneEndpointsConfig.dnsEndpointConfig.enableK8sTokensViaDns': true }),
  ],
  'cluster-no-insecure-bindings': [
    on(CLUSTER, { 'rbacBindingConfig.enableInsecureBindingSystemAuthenticated': true }),
    on(CLUSTER, { anonymousAuthenticationConfig: undefined }),
  ],
  'cluster-no-legacy-access': [
    on(CLUSTER, { 'masterAuth.clientCertificateConfig.issueClientCertificate': true }),
    on(CLUSTER, { enableLegacyAbac: true }),
  ],
  'cluster-enforces-network-policies': [on(CLUSTER, { datapathProvider: 'LEGACY_DATAPATH' })],
  'cluster-ranges-have-names': [on(CLUSTER, { 'ipAllocationPolicy.clusterSecondaryRangeName': undefined })],
  'cluster-three-zones': [
    on(CLUSTER, { location: 'europe-west3-a' }),
    on(CLUSTER, { nodeLocations: ['europe-west3-a', 'europe-west3-b'] }),
  ],
  'cluster-upgrades-at-the-weekend': [
    on(CLUSTER, { 'maintenancePolicy.recurringWindow.recurrence': 'FREQ=DAILY' }),
    on(CLUSTER, { maintenancePolicy: undefined }),
  ],
  'cluster-signed-images-where-locked': [on(CLUSTER, { 'binaryAuthorization.evaluationMode': 'DISABLED' })],
  'cluster-locked-twice': [on(CLUSTER, { deletionPolicy: 'DELETE' })],
  'cluster-collects-metrics': [on(CLUSTER, { 'monitoringConfig.managedPrometheus.enabled': false })],
  'pool-counts-are-the-autoscalers': [
    on(POOL, { nodeCount: 3 }),
    on(POOL, { initialNodeCount: 1 }),
    on(POOL, { autoscaling: { minNodeCount: 1, maxNodeCount: 3 } }),
    { of: POOL, options: { ignoreChanges: [] } },
  ],
  'pool-without-a-name': [on(POOL, { name: 'service' })],
  'pool-own-account': [on(POOL, { 'nodeConfig.serviceAccount': undefined })],
  'pool-hides-its-account': [on(POOL, { 'nodeConfig.workloadMetadataConfig.mode': 'GCE_METADATA' })],
  'pool-closes-the-read-only-port': [
    on(POOL, { 'nodeConfig.kubeletConfig.insecureKubeletReadonlyPortEnabled': 'TRUE' }),
  ],
  'pool-starts-securely': [
    on(POOL, { 'nodeConfig.shieldedInstanceConfig.enableSecureBoot': false }),
    on(POOL, { 'management.autoUpgrade': false }),
    on(POOL, { 'nodeConfig.imageType': 'UBUNTU_CONTAINERD' }),
  ],
  'pool-upgrades-without-loss': [
    on(POOL, { 'upgradeSettings.maxUnavailable': 1 }),
    on(POOL, { 'upgradeSettings.maxSurge': 0 }),
  ],
  'pool-spot-is-tainted': [on(BATCH, { 'nodeConfig.taints': [] })],
  'pool-goes-with-its-cluster': [{ of: POOL, options: { deletedWith: undefined } }],

  'service-outlives-the-stack': [on('gcp:projects/service:Service services-container', { disableOnDestroy: true })],
  'network-chooses-its-ranges': [
    on(NETWORK, { autoCreateSubnetworks: true }),
    on(NETWORK, { deleteDefaultRoutesOnCreate: false }),
  ],
  'network-without-peering': [{ add: ['gcp:servicenetworking/connection:Connection', { network: 'x' }] }],
  'subnet-nodes-are-logged': [
    on('gcp:compute/subnetwork:Subnetwork network-nodes', { logConfig: undefined }),
    on('gcp:compute/subnetwork:Subnetwork network-nodes', { privateIpGoogleAccess: false }),
  ],
  'egress-has-fixed-addresses': [on(NAT, { natIpAllocateOption: 'AUTO_ONLY', natIps: undefined })],
  'egress-does-not-run-out': [on(NAT, { enableDynamicPortAllocation: false }), on(NAT, { logConfig: undefined })],
  'firewall-lets-nobody-in': [
    on(SHELL, { 'match.srcIpRanges': ['0.0.0.0/0'] }),
    on(SHELL, { 'match.srcIpRanges': undefined }),
  ],
  'firewall-shell-through-google': [
    on(SHELL, { 'match.srcIpRanges': ['203.0.113.0/24'] }),
    on(SHELL, {
      'match.srcIpRanges': ['10.0.0.0/8'],
      'match.layer4Configs': [{ ipProtocol: 'tcp', ports: ['20-25'] }],
    }),
  ],
  'firewall-ends-with-no': [
    { without: 'gcp:compute/networkFirewallPolicyRule:NetworkFirewallPolicyRule network-firewall-everything-else' },
  ],
  'grants-are-added': [{ add: ['gcp:projects/iAMBinding:IAMBinding', { role: 'roles/cloudsql.client', members: [] }] }],
  'grants-name-somebody': [on(GRANT, { member: 'allAuthenticatedUsers' })],
  'grants-are-narrow': [
    on(GRANT, { role: 'roles/editor' }),
    on(GRANT, { role: 'roles/cloudsql.admin' }),
    on(GRANT, { role: 'roles/iam.serviceAccountTokenCreator' }),
  ],
  'no-keys-of-accounts': [{ add: ['gcp:serviceaccount/key:Key', { serviceAccountId: 'x' }] }],
  'federation-names-a-repository': [
    on('gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider federation', {
      attributeCondition: undefined,
    }),
    on('gcp:iam/workloadIdentityPoolProvider:WorkloadIdentityPoolProvider federation', {
      attributeCondition: "assertion.repository_owner == 'example'",
    }),
  ],
  'tls-is-modern': [
    on('gcp:compute/sSLPolicy:SSLPolicy edge', { profile: 'COMPATIBLE' }),
    on('gcp:compute/sSLPolicy:SSLPolicy edge', { minTlsVersion: 'TLS_1_0' }),
  ],
  'names-are-signed': [
    on('gcp:dns/managedZone:ManagedZone edge', { 'dnssecConfig.state': 'off' }),
    on('gcp:dns/managedZone:ManagedZone edge', { 'dnssecConfig.defaultKeySpecs.0.algorithm': 'rsasha1' }),
  ],
  'armor-has-the-known-attacks': [on(ARMOR, { 'rules.6': undefined }), on(ARMOR, { 'rules.7.action': 'throttle' })],
  'armor-does-not-only-watch': [on(ARMOR, { 'rules.0.preview': true })],
  'provider-is-said': [
    { of: CACHE, options: { provider: undefined } },
    { of: SERVICE, options: { provider: undefined } },
  ],

  'image-by-digest': [
    on(API, { [`${main}.image`]: 'europe-west3-docker.pkg.dev/acme-signals/heliograph-production/heliograph:1.2' }),
    on(API, { [`${sidecar}.image`]: 'europe-west3-docker.pkg.dev/acme-signals/gcr/cloud-sql-proxy:2' }),
  ],
  'image-of-our-registry': [on(JOB, { [`${main}.image`]: `docker.io/library/node@sha256:${'a'.repeat(64)}` })],
  'scaler-alone-counts': [on(API, { 'spec.replicas': 3 })],
  'scaler-is-alone': [
    {
      add: [
        'kubernetes:autoscaling/v2:HorizontalPodAutoscaler',
        { metadata: { name: 'x', namespace: 'heliograph' }, spec: { scaleTargetRef: { name: 'api' } } },
      ],
    },
  ],
  'scaler-leaves-some': [
    on(SCALER, { 'spec.minReplicaCount': undefined }),
    on(SCALER, { 'spec.minReplicaCount': 0 }),
    on(SCALER, { 'spec.fallback': undefined }),
  ],
  'zones-are-wished-for': [
    on(API, { [`${pod}.topologySpreadConstraints.0.whenUnsatisfiable`]: 'DoNotSchedule' }),
    on(API, { [`${pod}.topologySpreadConstraints`]: undefined }),
  ],
  'budget-lets-one-go': [
    on('kubernetes:policy/v1:PodDisruptionBudget api', { 'spec.maxUnavailable': 0 }),
    on('kubernetes:policy/v1:PodDisruptionBudget api', { 'spec.unhealthyPodEvictionPolicy': undefined }),
  ],
  'budget-for-several': [
    { without: 'kubernetes:policy/v1:PodDisruptionBudget api' },
    { without: 'kubernetes:policy/v1:PodDisruptionBudget pipeline' },
    { without: 'kubernetes:policy/v1:PodDisruptionBudget alertmanager' },
  ],
  'rolls-out-without-loss': [on(API, { 'spec.strategy': undefined }), on(API, { 'spec.minReadySeconds': undefined })],
  'leaves-before-it-stops': [
    on(API, { [`${main}.lifecycle`]: undefined }),
    on(API, { [`${pod}.terminationGracePeriodSeconds`]: 20 }),
  ],
  'probes-ask-different-things': [
    on(PIPELINE, { [`${main}.livenessProbe.httpGet.path`]: '/readyz' }),
    on(PIPELINE, { [`${main}.startupProbe`]: undefined }),
  ],
  'memory-is-what-was-asked-for': [
    on(API, { [`${main}.resources.limits.memory`]: '4096Mi' }),
    on(JOB, { [`${sidecar}.resources`]: undefined }),
  ],
  'writes-nowhere': [on(API, { [`${main}.securityContext.readOnlyRootFilesystem`]: false })],
  'speaks-to-kubernetes-only-if-it-must': [on(ACCOUNT, { automountServiceAccountToken: undefined })],
  'runs-as-its-own-account': [on(API, { [`${pod}.serviceAccountName`]: undefined })],
  'secret-in-no-variable': [
    on(API, { [`${main}.env.3`]: { name: 'CURSOR_SECRET', value: 'plain' } }),
    on(API, { [`${main}.env.5.value`]: 'postgres://api:password@127.0.0.1:5432/heliograph' }),
  ],
  'job-ends': [on(JOB, { 'spec.activeDeadlineSeconds': undefined }), on(JOB, { 'spec.backoffLimit': undefined })],
  'schedule-does-not-pile-up': [
    {
      add: [
        'kubernetes:batch/v1:CronJob',
        {
          metadata: { name: 'x', namespace: 'heliograph' },
          spec: { schedule: '0 3 * * *', jobTemplate: { spec: { template: { spec: { serviceAccountName: 'x' } } } } },
        },
      ],
    },
  ],
  'namespace-is-restricted': [on('kubernetes:core/v1:Namespace namespace', { 'metadata.labels': {} })],
  'namespace-speaks-to-nobody': [
    { without: 'kubernetes:networking.k8s.io/v1:NetworkPolicy namespace-nobody' },
    on('kubernetes:networking.k8s.io/v1:NetworkPolicy namespace-nobody', { 'spec.policyTypes': ['Ingress'] }),
  ],
  'namespace-has-a-quota': [
    { without: 'kubernetes:core/v1:ResourceQuota namespace' },
    on('kubernetes:core/v1:ResourceQuota namespace', { 'spec.hard.services\\.loadbalancers': '1' }),
  ],
  'way-in-is-the-gateway': [on(SERVICE, { 'spec.type': 'LoadBalancer' })],
  'subscriptions-stay-open': [
    on(BACKEND, { 'spec.default.timeoutSec': 30 }),
    on(BACKEND, { 'spec.default.securityPolicy': undefined }),
  ],
  'dashboards-ask-who-comes': [
    on('kubernetes:networking.gke.io/v1:GCPBackendPolicy dashboards-backend', { 'spec.default.iap': undefined }),
  ],
  'rules-are-heard': [
    { without: 'kubernetes:monitoring.googleapis.com/v1:OperatorConfigPatch alertmanager-rules' },
    on('kubernetes:monitoring.googleapis.com/v1:OperatorConfigPatch alertmanager-rules', {
      'rules.alerting.alertmanagers.0.namespace': 'monitoring',
    }),
  ],
  'disk-of-a-class-of-ours': [
    on(ALERTMANAGER, { 'spec.volumeClaimTemplates.0.spec.storageClassName': undefined }),
    on(ALERTMANAGER, { 'spec.volumeClaimTemplates.0.spec.storageClassName': 'standard-rwo' }),
  ],
  'processes-are-told-apart': [
    on('kubernetes:monitoring.googleapis.com/v1:PodMonitoring monitoring', { 'spec.targetLabels.fromPod': undefined }),
  ],
  'role-is-narrow': [
    on('kubernetes:rbac.authorization.k8s.io/v1:ClusterRole keda-figures', { 'rules.0.verbs': ['*'] }),
    on('kubernetes:rbac.authorization.k8s.io/v1:Role keda-service', { 'rules.0.resources': ['*'] }),
    {
      add: [
        'kubernetes:rbac.authorization.k8s.io/v1:Role',
        { metadata: { name: 'x' }, rules: [{ apiGroups: [''], resources: ['*'], verbs: ['get'] }] },
      ],
    },
    {
      add: [
        'kubernetes:rbac.authorization.k8s.io/v1:ClusterRoleBinding',
        { metadata: { name: 'x' }, roleRef: { kind: 'ClusterRole', name: 'cluster-admin' } },
      ],
    },
  ],
  'object-has-a-name': [on('kubernetes:core/v1:LimitRange namespace', { 'metadata.name': undefined })],
  'object-is-waited-for': [
    on(API, { 'metadata.annotations.pulumi\\.com/skipAwait': 'true' }),
    on(API, { 'metadata.annotations.pulumi\\.com/patchForce': 'true' }),
  ],
  'object-goes-with-its-cluster': [{ of: ACCOUNT, options: { deletedWith: undefined } }],
  'service-after-its-pods': [
    { of: SERVICE, options: { dependsOn: undefined } },
    { of: 'kubernetes:core/v1:Service alertmanager', options: { dependsOn: undefined } },
  ],
  'no-charts': [{ add: ['kubernetes:helm.sh/v4:Chart', { metadata: { name: 'x' } }] }],
  'cluster-keeps-its-identity': [on(PROVIDER, { clusterIdentifier: undefined })],
  'data-changes-in-place': [on(PROVIDER, { enableConfigMapMutable: 'false' })],
  'cluster-without-a-token': [on(PROVIDER, { kubeconfig: '{"users":[{"user":{"token":"x"}}]}' })],
};

function on(of: string, change: Readonly<Record<string, unknown>>, stack?: string): Mutant {
  return stack === undefined ? { of, change } : { of, change, stack };
}

function flag(name: string, index: number, value: string): Mutant {
  return on(DATABASE, { [`settings.databaseFlags.${index}`]: { name, value } });
}
