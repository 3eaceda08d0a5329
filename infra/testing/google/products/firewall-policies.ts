import type { Json, JsonObject } from '../../engine/values.ts';
import { fullName, read } from '../engine.ts';
import { done } from '../operations.ts';
import { listAt } from '../paths.ts';
import type { Call, Method } from '../product.ts';
import { notFound, Refusal } from '../refusal.ts';

const POLICY = 'projects/{project}/global/firewallPolicies/{policy}';

/** Rules and associations are parts of their policy: https://cloud.google.com/compute/docs/reference/rest/v1/networkFirewallPolicies */
export const policyMethods: readonly Method[] = [
  { method: 'POST', path: `${POLICY}/addRule`, answer: (call) => add(call, 'rules', 'priority') },
  { method: 'GET', path: `${POLICY}/getRule`, answer: (call) => get(call, 'rules', 'priority') },
  { method: 'POST', path: `${POLICY}/patchRule`, answer: patchRule },
  { method: 'POST', path: `${POLICY}/removeRule`, answer: (call) => remove(call, 'rules', 'priority') },
  { method: 'POST', path: `${POLICY}/addAssociation`, answer: (call) => add(call, 'associations', 'name') },
  { method: 'GET', path: `${POLICY}/getAssociation`, answer: (call) => get(call, 'associations', 'name') },
  { method: 'POST', path: `${POLICY}/removeAssociation`, answer: (call) => remove(call, 'associations', 'name') },
];

type Part = 'rules' | 'associations';

const policyOf = (call: Call) => call.path.slice(0, call.path.lastIndexOf('/'));
const partsOf = (call: Call, part: Part) => listAt(read(call, fullName({ ...call, path: policyOf(call) })), part);

function keep(call: Call, part: Part, parts: readonly JsonObject[]): Json {
  const { cloud, product } = call;
  const path = policyOf(call);
  const name = fullName({ ...call, path });
  const resource = { ...read(call, name), [part]: parts };
  cloud.resources.set(name, resource);
  return done('compute', { cloud, product, what: 'update', path, resource });
}

function add(call: Call, part: Part, key: string): Json {
  const parts = partsOf(call, part);
  if (parts.some((one) => one[key] === call.body[key]))
    throw new Refusal(400, `Invalid value for field '${key}': there is one with ${String(call.body[key])} already`);
  const made = part === 'rules' ? { kind: 'compute#firewallPolicyRule', ruleTupleCount: 1, ...call.body } : call.body;
  return keep(call, part, [...parts, made]);
}

function get(call: Call, part: Part, key: string): Json {
  const wanted = call.query.get(key) ?? '';
  const found = partsOf(call, part).find((one) => String(one[key]) === wanted);
  if (found === undefined) throw notFound(`${policyOf(call)} ${part} ${wanted}`);
  return found;
}

function patchRule(call: Call): Json {
  const wanted = call.query.get('priority') ?? '';
  get(call, 'rules', 'priority');
  const change = (rule: JsonObject) => (String(rule['priority']) === wanted ? { ...rule, ...call.body } : rule);
  return keep(call, 'rules', partsOf(call, 'rules').map(change));
}

function remove(call: Call, part: Part, key: string): Json {
  get(call, part, key);
  return keep(
    call,
    part,
    partsOf(call, part).filter((one) => String(one[key]) !== call.query.get(key)),
  );
}
