/** What a role of Google Cloud lets the person on call do: the commands of runbooks/ that need it. A test holds both against each other. */
export const operatorRoles = {
  'roles/container.clusterViewer': [
    'container clusters get-credentials',
    'container clusters describe',
    'container operations list',
  ],
  'roles/certificatemanager.viewer': ['certificate-manager certificates describe'],
  // Everything with kubectl: looks, logs, scales, starts anew, runs tasks.
  'roles/container.developer': [],
  'roles/logging.viewer': ['logging read'],
  'roles/monitoring.viewer': [],
  'roles/cloudsql.editor': [
    'sql instances list',
    'sql instances describe',
    'sql instances get-latest-recovery-time',
    'sql operations list',
    'sql instances restart',
    'sql instances failover',
    'sql instances patch',
    'sql backups list',
    'sql backups create',
  ],
  'roles/memorystore.viewer': ['memorystore instances describe', 'memorystore operations list'],
  // New versions and the end of old ones; what they hold can nobody read by it.
  'roles/secretmanager.secretVersionManager': [
    'secrets versions list',
    'secrets versions add',
    'secrets versions enable',
    'secrets versions disable',
  ],
  'roles/compute.networkViewer': ['compute routers get-status', 'compute addresses describe'],
} as const satisfies Record<string, readonly string[]>;

/** What no role of Google's gives without much more. */
export const operatorPermissions = {
  'compute.securityPolicies.get': ['compute security-policies rules create'],
  'compute.securityPolicies.update': [
    'compute security-policies rules create',
    'compute security-policies rules delete',
  ],
  'storage.buckets.get': ['storage buckets describe'],
  'storage.objects.list': ['storage ls'],
  'dns.changes.create': ['dns record-sets update'],
  'dns.managedZones.get': ['dns record-sets update', 'dns record-sets list'],
  'dns.resourceRecordSets.get': ['dns record-sets update'],
  'dns.resourceRecordSets.list': ['dns record-sets update', 'dns record-sets list'],
  'dns.resourceRecordSets.update': ['dns record-sets update'],
  'cloudsql.instances.clone': ['sql instances clone'],
  'cloudsql.instances.create': ['sql instances create'],
  'cloudsql.instances.promoteReplica': ['sql instances promote-replica'],
} as const satisfies Record<string, readonly string[]>;

/** What only the owner of the platform does, who holds roles/cloudsql.admin and roles/storage.admin: it takes data away, swaps two regions, or reads backups and writes the state. */
export const ownersCommands = [
  'sql instances delete',
  'sql instances switchover',
  'sql backups delete',
  'storage cp',
] as const;
