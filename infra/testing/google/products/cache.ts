import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../engine/values.ts';
import { read } from '../engine.ts';
import { listAt, textAt } from '../paths.ts';
import type { Attempt, Collection, Product } from '../product.ts';
import { mayEncrypt } from '../rules.ts';

const PLACE = 'projects/{project}/locations/{location}/instances';

const instances: Collection = {
  path: PLACE,
  id: { parameter: 'instanceId' },
  defaults: {
    ...{ authorizationMode: 'AUTH_DISABLED', transitEncryptionMode: 'TRANSIT_ENCRYPTION_DISABLED' },
    ...{ mode: 'CLUSTER', nodeType: 'HIGHMEM_MEDIUM' },
  },
  outputs,
  immutable: {
    fields: ['authorizationMode', 'transitEncryptionMode'],
    source: 'https://docs.cloud.google.com/memorystore/docs/valkey/reference/rest/v1/projects.locations.instances',
  },
  rules: {
    'a cache that is protected is not deleted': {
      on: ['delete'],
      source: 'https://docs.cloud.google.com/memorystore/docs/valkey/deletion-protection.md.txt',
      refuses: ({ resource }) =>
        resource['deletionProtectionEnabled'] === true ? 'The instance has deletion protection enabled' : null,
    },
    'a cache needs a service connection policy': {
      on: ['create'],
      source: 'https://cloud.google.com/sdk/gcloud/reference/memorystore/instances/create',
      refuses: withoutPolicy,
    },
    'a cache is encrypted by a key that its service may use': mayEncrypt(
      'https://docs.cloud.google.com/memorystore/docs/valkey/use-cmek',
      'kmsKey',
      ['gcp-sa-memorystore'],
    ),
  },
};

/** https://cloud.google.com/memorystore/docs/valkey/reference/rest */
export const memorystore: Product = {
  host: 'memorystore.googleapis.com',
  endpoints: { MEMORYSTORE: 'v1beta/' },
  style: 'longrunning',
  collections: [instances],
  methods: [
    {
      method: 'GET',
      path: `${PLACE}/{instance}/certificateAuthority`,
      answer: (call) => {
        read(call, `//memorystore.googleapis.com/${call.path.replace(/\/certificateAuthority$/, '')}`);
        return { name: call.path, managedServerCa: { caCerts: [{ certificates: [PEM] }] } };
      },
    },
  ],
};

/** Its policy must already exist for the region and each network. */
function withoutPolicy({ cloud, name, resource }: Attempt): string | null {
  const region = /\/locations\/([^/]+)\//.exec(name)?.[1] ?? '';
  const parent = `//networkconnectivity.googleapis.com/projects/${cloud.project.id}/locations/${region}/`;
  const policies = cloud.below(parent).map(([, policy]) => policy);
  const networks = listAt(resource, 'endpoints')
    .flatMap((endpoint) => listAt(endpoint, 'connections'))
    .map((connection) => textAt(connection, 'pscAutoConnection.network'));
  const lonely = networks.find(
    (network) => !policies.some((one) => one['network'] === network && one['serviceClass'] === 'gcp-memorystore'),
  );
  return lonely === undefined ? null : `No service connection policy for gcp-memorystore in ${region} and ${lonely}`;
}

/** In the shape of a certificate, and of nobody. */
const PEM = '-----BEGIN CERTIFICATE-----\nb2Ygbm9ib2R5\n-----END CERTIFICATE-----\n';

function outputs({ cloud, resource, before }: Attempt): JsonObject {
  if (before !== null) return {};
  const endpoints = listAt(resource, 'endpoints').map((endpoint) => ({
    ...endpoint,
    connections: listAt(endpoint, 'connections').map((connection) => made(cloud.project.id, connection)),
  }));
  return {
    ...{ uid: randomUUID(), state: 'ACTIVE', endpoints },
    ...{ createTime: '2026-01-01T00:00:00Z', updateTime: '2026-01-01T00:00:00Z' },
    nodeConfig: { sizeGb: textAt(resource, 'nodeType') === 'SHARED_CORE_NANO' ? 1.4 : 6.5 },
  };
}

function made(project: string, connection: JsonObject): JsonObject {
  const auto = (connection['pscAutoConnection'] ?? {}) as JsonObject;
  return {
    pscAutoConnection: {
      ...auto,
      ...{ pscConnectionId: '1', ipAddress: '10.0.8.3', port: 6379, connectionType: 'CONNECTION_TYPE_PRIMARY' },
      ...{ pscConnectionStatus: 'ACTIVE', projectId: project },
    },
  };
}
