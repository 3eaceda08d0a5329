import type { JsonObject } from '../../engine/values.ts';
import { fullName, read, replace } from '../engine.ts';
import { textAt } from '../paths.ts';
import type { Attempt, Call, Collection, Product } from '../product.ts';

const CLUSTERS = 'projects/{project}/locations/{location}/clusters';
const VERSION = '1.34.1-gke.1000000';

const clusters: Collection = {
  path: CLUSTERS,
  id: ({ body }) => textAt(body, 'cluster.name'),
  wrapped: 'cluster',
  named: 'id',
  defaults: {
    loggingService: 'logging.googleapis.com/kubernetes',
    monitoringService: 'monitoring.googleapis.com/kubernetes',
  },
  outputs: clusterOutputs,
  after: (what, attempt) => {
    const { cloud, name } = attempt;
    // It stays when the cluster goes: https://cloud.google.com/kubernetes-engine/docs/concepts/workload-identity
    const pool = textAt(attempt.resource, 'workloadIdentityConfig.workloadPool');
    if (pool !== '') cloud.resources.set(`//iam.googleapis.com/pools/${pool}`, { pool });
    if (what === 'create' && textAt(attempt.resource, 'autopilot.enabled') !== 'true') defaultPool(attempt, name);
  },
};

const pools: Collection = {
  path: `${CLUSTERS}/{cluster}/nodePools`,
  id: ({ body }) => textAt(body, 'nodePool.name'),
  wrapped: 'nodePool',
  named: 'id',
  outputs: poolOutputs,
};

/** https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1beta1 */
export const container: Product = {
  host: 'container.googleapis.com',
  endpoints: { CONTAINER: 'v1beta1/' },
  style: 'container',
  collections: [clusters, pools],
  methods: [
    {
      method: 'GET',
      path: 'projects/{project}/locations/{location}/serverConfig',
      answer: () => ({ defaultClusterVersion: VERSION, validMasterVersions: [VERSION], validNodeVersions: [VERSION] }),
    },
    {
      method: 'POST',
      path: `${CLUSTERS}/{cluster}:setResourceLabels`,
      answer: (call) => setLabels(call),
    },
  ],
};

function setLabels(call: Call): JsonObject {
  const path = call.path.replace(/:\w+$/, '');
  const before = read(call, fullName({ ...call, path }));
  return replace({ ...call, path }, clusters, { ...before, resourceLabels: call.body['resourceLabels'] ?? {} });
}

function defaultPool({ cloud }: Attempt, name: string): void {
  cloud.resources.set(`${name}/nodePools/default-pool`, { name: 'default-pool', status: 'RUNNING', version: VERSION });
}

function clusterOutputs({ cloud, name, resource, before }: Attempt): JsonObject {
  const path = name.replace('//container.googleapis.com/', '');
  const location = path.split('/')[3] ?? '';
  const endpoint =
    before === null ? cloud.cluster() : textAt(before, 'controlPlaneEndpointsConfig.dnsEndpointConfig.endpoint');
  const access = (resource['controlPlaneEndpointsConfig'] ?? {}) as JsonObject;
  return {
    ...{ id: textAt(before, 'id') || cloud.number(), status: 'RUNNING', location, zone: location, etag: cloud.etag() },
    ...{ currentMasterVersion: VERSION, currentNodeVersion: VERSION, initialClusterVersion: VERSION },
    selfLink: `https://container.googleapis.com/v1beta1/${path}`,
    locations: resource['locations'] ?? [`${location}-a`, `${location}-b`, `${location}-c`],
    labelFingerprint: cloud.etag(),
    ...{ endpoint, network: last(resource, 'network'), subnetwork: last(resource, 'subnetwork') },
    networkConfig: { ...(resource['networkConfig'] as JsonObject), ...placeOf(resource, before) },
    masterAuth: { ...(resource['masterAuth'] as JsonObject), clusterCaCertificate: '' },
    controlPlaneEndpointsConfig: {
      ...access,
      dnsEndpointConfig: { ...(access['dnsEndpointConfig'] as JsonObject), endpoint },
    },
  };
}

const last = (resource: JsonObject, field: string) => textAt(resource, field).replace(/^.*\//, '');

/** Whole names; beside them the cluster tells their last parts alone. */
function placeOf(resource: JsonObject, before: JsonObject | null): JsonObject {
  const told = (before?.['networkConfig'] ?? resource) as JsonObject;
  return { network: told['network'] ?? '', subnetwork: told['subnetwork'] ?? '' };
}

function poolOutputs({ cloud, name, resource }: Attempt): JsonObject {
  const path = name.replace('//container.googleapis.com/', '');
  const cluster = cloud.get(name.replace(/\/nodePools\/.*$/, ''));
  return {
    ...{ status: 'RUNNING', version: VERSION, etag: cloud.etag() },
    selfLink: `https://container.googleapis.com/v1beta1/${path}`,
    locations: resource['locations'] ?? cluster?.['locations'] ?? [],
    instanceGroupUrls: [],
    podIpv4CidrSize: 24,
  };
}
