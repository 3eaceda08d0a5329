import { carryOut, fullName, read } from '../engine.ts';
import { textAt } from '../paths.ts';
import type { Call, Collection, Product } from '../product.ts';

const PLACE = 'services/{service}/connections';

const connections: Collection = {
  path: PLACE,
  id: () => 'servicenetworking-googleapis-com',
  named: 'id',
  outputs: () => ({
    peering: 'servicenetworking-googleapis-com',
    service: 'services/servicenetworking.googleapis.com',
  }),
  rules: {
    'a peering that a database is behind is not deleted': {
      on: ['delete'],
      source: 'https://github.com/hashicorp/terraform-provider-google/issues/16275',
      reason: 'failedPrecondition',
      refuses: ({ cloud, resource }) => {
        const instances = cloud.below('//sqladmin.googleapis.com/').map(([, instance]) => instance);
        const behind = instances.some(
          (one) => textAt(one, 'settings.ipConfiguration.privateNetwork') === cloud.byId(textAt(resource, 'network')),
        );
        const said = 'Producer services (e.g. CloudSQL, Cloud Memstore, etc.) are still using this connection.';
        return behind ? `Failed to delete connection; ${said}` : null;
      },
    },
  },
};

/** https://cloud.google.com/service-infrastructure/docs/service-networking/reference/rest: no stack here has one, for it is the way that bites. */
export const serviceNetworking: Product = {
  host: 'servicenetworking.googleapis.com',
  endpoints: { SERVICE_NETWORKING: 'v1/' },
  style: 'longrunning',
  collections: [connections],
  methods: [
    { method: 'POST', path: `${PLACE}/{connection}:deleteConnection`, answer: (call) => deleteConnection(call) },
  ],
};

function deleteConnection(call: Call) {
  const path = call.path.replace(/:\w+$/, '');
  read(call, fullName({ ...call, path }));
  return carryOut({ ...call, path, method: 'DELETE' }, connections, '');
}
