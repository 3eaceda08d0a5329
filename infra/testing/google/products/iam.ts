import { textAt } from '../paths.ts';
import type { Collection, Product } from '../product.ts';

const POOLS = 'projects/{project}/locations/{location}/workloadIdentityPools';

const accounts: Collection = {
  path: 'projects/{project}/serviceAccounts',
  id: ({ body, cloud }) => `${textAt(body, 'accountId')}@${cloud.project.id}.iam.gserviceaccount.com`,
  wrapped: 'serviceAccount',
  list: 'accounts',
  outputs: ({ cloud, name, before }) => {
    const email = name.slice(name.lastIndexOf('/') + 1);
    const uniqueId = before === null ? cloud.number() : textAt(before, 'uniqueId');
    return { projectId: cloud.project.id, email, uniqueId, oauth2ClientId: uniqueId };
  },
};

const roles: Collection = {
  path: 'projects/{project}/roles',
  id: ({ body }) => textAt(body, 'roleId'),
  wrapped: 'role',
  outputs: ({ cloud, resource }) => ({ stage: resource['stage'] ?? 'GA', etag: cloud.etag() }),
};

const pools: Collection = {
  path: POOLS,
  id: { parameter: 'workloadIdentityPoolId' },
  nameKept: {
    days: 30,
    source: 'https://docs.cloud.google.com/iam/docs/reference/rest/v1/projects.locations.workloadIdentityPools/create',
  },
  style: 'longrunning',
  named: 'number',
  outputs: () => ({ state: 'ACTIVE' }),
};

const providers: Collection = {
  path: `${POOLS}/{pool}/providers`,
  id: { parameter: 'workloadIdentityPoolProviderId' },
  style: 'longrunning',
  named: 'number',
  outputs: () => ({ state: 'ACTIVE' }),
};

/** https://cloud.google.com/iam/docs/reference/rest */
export const iam: Product = {
  host: 'iam.googleapis.com',
  endpoints: { IAM: 'v1/', IAM_BETA: 'v1/' },
  collections: [accounts, roles, pools, providers],
  methods: [{ method: 'GET', path: `${POOLS}/{pool}:listAttestationRules`, answer: () => ({}) }],
};
