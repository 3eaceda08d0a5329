import type { Json } from '../../engine/values.ts';
import type { Call, Collection, Product } from '../product.ts';

const RINGS = 'projects/{project}/locations/{location}/keyRings';
const KEYS = `${RINGS}/{ring}/cryptoKeys`;

const rings: Collection = {
  path: RINGS,
  id: { parameter: 'keyRingId' },
  outputs: () => ({ createTime: '2026-01-01T00:00:00Z' }),
};

const keys: Collection = {
  path: KEYS,
  id: { parameter: 'cryptoKeyId' },
  defaults: { versionTemplate: { protectionLevel: 'SOFTWARE', algorithm: 'GOOGLE_SYMMETRIC_ENCRYPTION' } },
  outputs: ({ resource }) => ({
    primary: { name: `${String(resource['name'])}/cryptoKeyVersions/1`, state: 'ENABLED' },
    createTime: '2026-01-01T00:00:00Z',
  }),
};

/** https://cloud.google.com/kms/docs/reference/rest */
export const kms: Product = {
  host: 'cloudkms.googleapis.com',
  endpoints: { KMS: 'v1/' },
  collections: [rings, keys],
  methods: [
    { method: 'GET', path: `${KEYS}/{key}/cryptoKeyVersions`, answer: versions },
    { method: 'POST', path: `${KEYS}/{key}/cryptoKeyVersions/{version}:destroy`, answer: destroy },
  ],
};

function versions({ cloud, path }: Call): Json {
  const key = path.replace(/\/cryptoKeyVersions$/, '');
  const destroyed = cloud.get(`//cloudkms.googleapis.com/${key}`)?.['destroyed'] === true;
  return { cryptoKeyVersions: [{ name: `${path}/1`, state: destroyed ? 'DESTROY_SCHEDULED' : 'ENABLED' }] };
}

function destroy({ cloud, path }: Call): Json {
  const name = `//cloudkms.googleapis.com/${path.replace(/\/cryptoKeyVersions\/.*$/, '')}`;
  cloud.resources.set(name, { ...cloud.get(name), destroyed: true });
  return { name: path.replace(/:destroy$/, ''), state: 'DESTROY_SCHEDULED' };
}
