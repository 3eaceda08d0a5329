import { textAt } from '../paths.ts';
import type { Collection, Product } from '../product.ts';
import { notEmpty } from '../rules.ts';

const HERE = 'projects/{project}/locations/{location}';
const times = { createTime: '2026-01-01T00:00:00Z', updateTime: '2026-01-01T00:00:00Z' };

const authorizations: Collection = {
  path: `${HERE}/dnsAuthorizations`,
  id: { parameter: 'dnsAuthorizationId' },
  defaults: { type: 'FIXED_RECORD' },
  outputs: ({ resource }) => ({
    ...times,
    dnsResourceRecord: {
      name: `_acme-challenge.${textAt(resource, 'domain')}.`,
      ...{ type: 'CNAME', data: '00000000-0000-0000-0000-000000000000.0.authorize.certificatemanager.goog.' },
    },
  }),
};

const certificates: Collection = {
  path: `${HERE}/certificates`,
  id: { parameter: 'certificateId' },
  defaults: { scope: 'DEFAULT' },
  outputs: ({ resource }) => ({ ...times, managed: { ...(resource['managed'] as object), state: 'PROVISIONING' } }),
};

const maps: Collection = {
  path: `${HERE}/certificateMaps`,
  id: { parameter: 'certificateMapId' },
  outputs: () => times,
  rules: {
    'a certificate map with entries is not deleted': notEmpty(
      'https://cloud.google.com/certificate-manager/docs/reference/certificate-manager/rest/v1/projects.locations.certificateMaps/delete',
      { below: 'certificateMapEntries' },
      'contains certificate map entries',
    ),
  },
};

const entries: Collection = {
  path: `${HERE}/certificateMaps/{map}/certificateMapEntries`,
  id: { parameter: 'certificateMapEntryId' },
  outputs: () => ({ ...times, state: 'PENDING' }),
};

/** https://cloud.google.com/certificate-manager/docs/reference/rest */
export const certificateManager: Product = {
  host: 'certificatemanager.googleapis.com',
  endpoints: { CERTIFICATE_MANAGER: 'v1/' },
  style: 'longrunning',
  collections: [authorizations, certificates, maps, entries],
};
