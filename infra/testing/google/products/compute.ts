import type { Json, JsonObject } from '../../engine/values.ts';
import { textAt } from '../paths.ts';
import type { Attempt, Call, Collection, Product, Rule } from '../product.ts';
import { notUsed } from '../rules.ts';
import { policyMethods } from './firewall-policies.ts';
import { labelMethods } from './labels.ts';

const PROJECT = 'projects/{project}';
const REGION = `${PROJECT}/regions/{region}`;

/** Whose resources hold a network and what is in it. */
const users = ['compute.googleapis.com', 'container.googleapis.com'];

const networkRules: Readonly<Record<string, Rule>> = {
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
};

const subnetRules: Readonly<Record<string, Rule>> = {
  'a subnet that is in use is not deleted': notUsed(
    'https://github.com/genevieve/leftovers/issues/6',
    users,
    'subnetwork',
  ),
};

const addressRules: Readonly<Record<string, Rule>> = {
  'an address that is in use is not deleted': notUsed(
    'https://github.com/hashicorp/terraform-provider-google/issues/6812',
    users,
    'address',
  ),
};

const addresses = {
  defaults: { addressType: 'EXTERNAL', networkTier: 'PREMIUM', ipVersion: 'IPV4' },
  more: (attempt: Attempt) => ({ status: 'RESERVED', address: addressOf(attempt) }),
  rules: addressRules,
};

/** https://cloud.google.com/compute/docs/reference/rest/v1 */
export const compute: Product = {
  host: 'compute.googleapis.com',
  endpoints: { COMPUTE: 'compute/v1/' },
  style: 'compute',
  collections: [
    named(`${PROJECT}/global/networks`, 'network', {
      defaults: {
        ...{ mtu: 1460, networkFirewallPolicyEnforcementOrder: 'AFTER_CLASSIC_FIREWALL' },
        routingConfig: { routingMode: 'REGIONAL' },
      },
      rules: networkRules,
    }),
    named(`${REGION}/subnetworks`, 'subnetwork', {
      defaults: { purpose: 'PRIVATE', stackType: 'IPV4_ONLY', privateIpGoogleAccess: false },
      more: ({ resource }) => ({ gatewayAddress: textAt(resource, 'ipCidrRange').replace(/\d+\/\d+$/, '1') }),
      rules: subnetRules,
    }),
    named(`${PROJECT}/global/routes`, 'route'),
    named(`${REGION}/routers`, 'router'),
    named(`${REGION}/addresses`, 'address', addresses),
    named(`${PROJECT}/global/addresses`, 'address', addresses),
    named(`${PROJECT}/global/sslPolicies`, 'sslPolicy', {
      more: () => ({ enabledFeatures: ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384'] }),
    }),
    named(`${PROJECT}/global/securityPolicies`, 'securityPolicy'),
    named(`${PROJECT}/global/firewallPolicies`, 'firewallPolicy'),
  ],
  methods: [{ method: 'GET', path: PROJECT, answer: project }, ...policyMethods, ...labelMethods],
};

type More = Pick<Collection, 'defaults' | 'rules'> & { readonly more?: (attempt: Attempt) => JsonObject };

/** Resources of this interface are named by their field `name`, and told with the same few fields. */
function named(path: string, kind: string, { more, ...rest }: More = {}): Collection {
  const outputs = (attempt: Attempt) => ({ ...common(kind, attempt), ...more?.(attempt) });
  return { path, id: { field: 'name' }, named: 'id', list: 'items', outputs, ...rest };
}

function common(kind: string, { cloud, name, before }: Attempt): JsonObject {
  const path = name.replace('//compute.googleapis.com/', '');
  const region = /^(.*\/regions\/[^/]+)\//.exec(path)?.[1];
  return {
    ...{ kind: `compute#${kind}`, id: before === null ? cloud.number() : textAt(before, 'id') },
    ...{ creationTimestamp: '2026-01-01T00:00:00.000-00:00', selfLink: linkTo(path) },
    ...{ fingerprint: cloud.etag(), labelFingerprint: cloud.etag() },
    ...(region === undefined ? {} : { region: linkTo(region) }),
  };
}

const linkTo = (path: string) => `https://www.googleapis.com/compute/v1/${path}`;

function project({ cloud }: Call): Json {
  const { id, number } = cloud.project;
  return { kind: 'compute#project', name: id, id: number, defaultNetworkTier: 'PREMIUM' };
}

/** One of those that are for documentation: https://datatracker.ietf.org/doc/html/rfc5737 */
function addressOf({ cloud, resource, before }: Attempt): Json {
  return before?.['address'] ?? resource['address'] ?? `203.0.113.${Number(cloud.number()) % 254}`;
}
