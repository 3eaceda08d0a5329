import type { JsonObject } from '../../engine/values.ts';
import { fullName } from '../engine.ts';
import type { Call, Product } from '../product.ts';

/** https://cloud.google.com/binary-authorization/docs/reference/rest: a project has one policy, which is never deleted. */
export const binaryAuthorization: Product = {
  host: 'binaryauthorization.googleapis.com',
  endpoints: { BINARY_AUTHORIZATION: 'v1/' },
  collections: [],
  methods: [
    { method: 'GET', path: 'projects/{project}/policy', answer: (call) => policy(call) },
    {
      method: 'PUT',
      path: 'projects/{project}/policy',
      answer: (call) => {
        call.cloud.resources.set(fullName(call), { ...call.body, name: call.path });
        return policy(call);
      },
    },
  ],
};

function policy(call: Call): JsonObject {
  const open = { evaluationMode: 'ALWAYS_ALLOW', enforcementMode: 'ENFORCED_BLOCK_AND_AUDIT_LOG' };
  return call.cloud.get(fullName(call)) ?? { name: call.path, defaultAdmissionRule: open };
}
