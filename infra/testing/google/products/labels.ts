import { isObject, type Json } from '../../engine/values.ts';
import { fullName, read } from '../engine.ts';
import { done } from '../operations.ts';
import type { Call, Method } from '../product.ts';

/** https://cloud.google.com/compute/docs/reference/rest/v1/addresses/setLabels */
export const labelMethods: readonly Method[] = [
  'regions/{region}/addresses/{address}',
  'global/addresses/{address}',
  'global/securityPolicies/{policy}',
].map((path) => ({ method: 'POST', path: `projects/{project}/${path}/setLabels`, answer: setLabels }));

function setLabels(call: Call): Json {
  const { cloud, product, body } = call;
  const path = call.path.replace(/\/setLabels$/, '');
  const name = fullName({ ...call, path });
  const { labels } = body;
  const resource = {
    ...read(call, name),
    labels: labels !== undefined && isObject(labels) ? labels : {},
    labelFingerprint: cloud.etag(),
  };
  cloud.resources.set(name, resource);
  return done('compute', { cloud, product, what: 'update', path, resource });
}
