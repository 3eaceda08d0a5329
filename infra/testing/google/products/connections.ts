import type { Collection, Product } from '../product.ts';

const policies: Collection = {
  path: 'projects/{project}/locations/{location}/serviceConnectionPolicies',
  id: { parameter: 'serviceConnectionPolicyId' },
  outputs: ({ cloud }) => ({
    infrastructure: 'PSC',
    etag: cloud.etag(),
    ...{ createTime: '2026-01-01T00:00:00Z', updateTime: '2026-01-01T00:00:00Z' },
  }),
};

/** https://cloud.google.com/network-connectivity/docs/reference/networkconnectivity/rest */
export const networkConnectivity: Product = {
  host: 'networkconnectivity.googleapis.com',
  endpoints: { NETWORK_CONNECTIVITY: 'v1beta/', NETWORK_CONNECTIVITYV1: 'v1/' },
  style: 'longrunning',
  collections: [policies],
};
