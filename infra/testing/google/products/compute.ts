import type { Json, JsonObject } from '../../engine/values.ts';
import { textAt } from '../paths.ts';
import type { Attempt, Collection, Product } from '../product.ts';
import { notUsed } from '../rules.ts';
import { policyMethods } from './firewall-policies.ts';
import { labelMethods } from './labels.ts';

const PROJECT = 'projects/{project}';
const REGION = `${PROJECT}/regions/{region}`;

/** What every resource of this interface is told with. */
export const common =
  (kind: string) =>
  ({ cloud, name, before }: Attempt): JsonObject => {
    const path = name.replace('//compute.googleapis.com/', '');
    const region = /^(.*\/regions\/[^/]+)\//.exec(path)?.[1];
    return {
      kind: `compute#${kind}`,
      id: before === null ? cloud.number() : textAt(before, 'id'),
      creationTimestamp: '2026-01-01T00:00:00.000-00:00',
      selfLink: linkTo(path),
      fingerprint: cloud.etag(),
      labelFingerprint: cloud.etag(),
      ...(region === undefined ? {} : { region: linkTo(region) }),
    };
  };

export const linkTo = (path: string) => `https://www.googleapis.com/compute/v1/${path}`;

/** Whose resources hold a network and what is in it. */
const users = ['compute.googleapis.com', 'container.googleapis.com'];

const networks: Collection = {
  path: `${PROJECT}/global/networks`,
  id: { field: 'name' },
  named: 'id',
  list: 'items',
  defaults: {
    mtu: 1460,
    networkFirewallPolicyEnforcementOrder: 'AFTER_CLASSIC_FIREWALL',
    routingConfig: { routingMode: 'REGIONAL' },
  },
  outputs: common('network'),
  rules: {
    'a network that is in use is not deleted': notUsed(
      'https://github.com/GoogleCloudPlatform/terraform-google-three-tier-web-app/issues/167',
      users,
      'network',
    ),
    'a network with a peering is not deleted': notUsed(
      'https://github.com/hashicorp/terraform-provider-google/issues/16275',
      ['servicenetworking.googleapis.com'],
      'network',
    ),
  },
};

const subnets: Collection = {
  path: `${REGION}/subnetworks`,
  id: { field: 'name' },
  named: 'id',
  list: 'items',
  defaults: { purpose: 'PRIVATE', stackType: 'IPV4_ONLY', privateIpGoogleAccess: false },
  outputs: (attempt) => ({ ...common('subnetwork')(attempt), gatewayAddress: gatewayOf(attempt) }),
  rules: {
    'a subnet that is in use is not deleted': notUsed(
      'https://github.com/genevieve/leftovers/issues/6',
      users,
      'subnetwork',
    ),
  },
};

/** https://cloud.google.com/compute/docs/reference/rest/v1 */
export const compute: Product = {
  host: 'compute.googleapis.com',
  endpoints: { COMPUTE: 'compute/v1/' },
  style: 'compute',
  collections: [
    networks,
    subnets,
    { path: `${PROJECT}/global/routes`, id: { field: 'name' }, named: 'id', list: 'items', outputs: common('route') },
    { path: `${REGION}/routers`, id: { field: 'name' }, named: 'id', list: 'items', outputs: common('router') },
    addressesOf(`${REGION}/addresses`),
    addressesOf(`${PROJECT}/global/addresses`),
    { path: `${PROJECT}/global/sslPolicies`, id: { field: 'name' }, named: 'id', list: 'items', outputs: sslOutputs },
    {
      path: `${PROJECT}/global/securityPolicies`,
      id: { field: 'name' },
      named: 'id',
      list: 'items',
      outputs: common('securityPolicy'),
    },
    {
      path: `${PROJECT}/global/firewallPolicies`,
      id: { field: 'name' },
      named: 'id',
      list: 'items',
      outputs: common('firewallPolicy'),
    },
  ],
  methods: [
    {
      method: 'GET',
      path: 'projects/{project}',
      answer: (call) => ({
        kind: 'compute#project',
        name: call.cloud.project.id,
        id: call.cloud.project.number,
        defaultNetworkTier: 'PREMIUM',
        xpnProjectStatus: 'UNSPECIFIED_XPN_PROJECT_STATUS',
      }),
    },
    ...policyMethods,
    ...labelMethods,
  ],
};

function addressesOf(path: string): Collection {
  return {
    ...{ path, id: { field: 'name' }, named: 'id', list: 'items' },
    defaults: { addressType: 'EXTERNAL', networkTier: 'PREMIUM', ipVersion: 'IPV4' },
    outputs: (attempt) => ({ ...common('address')(attempt), status: 'RESERVED', address: addressOf(attempt) }),
    rules: {
      'an address that is in use is not deleted': notUsed(
        'https://github.com/hashicorp/terraform-provider-google/issues/6812',
        users,
        'address',
      ),
    },
  };
}

/** One of those that are for documentation: https://datatracker.ietf.org/doc/html/rfc5737 */
function addressOf({ cloud, resource }: Attempt): Json {
  return resource['address'] ?? `203.0.113.${Number(cloud.number()) % 254}`;
}

function gatewayOf({ resource }: Attempt): string {
  return textAt(resource, 'ipCidrRange').replace(/\d+\/\d+$/, '1');
}

function sslOutputs(attempt: Attempt): JsonObject {
  return { ...common('sslPolicy')(attempt), enabledFeatures: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'] };
}
