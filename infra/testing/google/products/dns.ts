import type { Json, JsonObject } from '../../engine/values.ts';
import { fullName, read } from '../engine.ts';
import { listAt, textAt } from '../paths.ts';
import type { Attempt, Call, Collection, Product } from '../product.ts';
import { Refusal } from '../refusal.ts';
import { notEmpty } from '../rules.ts';

const ZONES = 'projects/{project}/managedZones';

const zones: Collection = {
  path: ZONES,
  id: { field: 'name' },
  named: 'id',
  defaults: { visibility: 'public' },
  outputs: ({ cloud, resource, before }) => ({
    kind: 'dns#managedZone',
    id: before === null ? cloud.number() : textAt(before, 'id'),
    creationTime: '2026-01-01T00:00:00.000Z',
    nameServers: ['a', 'b', 'c', 'd'].map((letter) => `ns-cloud-${letter}1.googledomains.com.`),
    ...(resource['visibility'] === 'public' ? { privateVisibilityConfig: null } : {}),
  }),
  rules: {
    'a zone with records is not deleted': {
      ...notEmpty(
        'https://github.com/hashicorp/terraform-provider-google/issues/1572',
        { field: 'records' },
        'cannot be deleted because it is not empty',
      ),
      reason: 'containerNotEmpty',
    },
  },
};

const policies: Collection = {
  path: 'projects/{project}/policies',
  id: { field: 'name' },
  named: 'id',
  outputs: numbered,
};
const responses: Collection = {
  path: 'projects/{project}/responsePolicies',
  id: { field: 'responsePolicyName' },
  named: 'id',
  outputs: numbered,
  rules: {
    'a response policy with rules is not deleted': notEmpty(
      'https://docs.cloud.google.com/dns/docs/reference/rest/v1/responsePolicies/delete',
      { below: 'rules' },
      'is not empty',
    ),
    'a response policy of a network is not deleted': notEmpty(
      'https://docs.cloud.google.com/dns/docs/reference/rest/v1/responsePolicies/delete',
      { field: 'networks' },
      'is still referenced by a network',
    ),
  },
};
const rules: Collection = {
  path: 'projects/{project}/responsePolicies/{policy}/rules',
  id: { field: 'ruleName' },
  named: 'id',
};

/** https://cloud.google.com/dns/docs/reference/rest/v1beta2 */
export const dns: Product = {
  host: 'dns.googleapis.com',
  also: 'dns',
  endpoints: { DNS: 'dns/v1beta2/' },
  collections: [zones, policies, responses, rules],
  methods: [
    {
      method: 'GET',
      path: `${ZONES}/{zone}/rrsets`,
      answer: (call) => ({ kind: 'dns#resourceRecordSetsListResponse', rrsets: found(call) }),
    },
    { method: 'POST', path: `${ZONES}/{zone}/changes`, answer: change },
    {
      method: 'GET',
      path: `${ZONES}/{zone}/changes/{change}`,
      answer: (_, [, , id = '']) => ({ kind: 'dns#change', id, status: 'done' }),
    },
  ],
};

function numbered({ cloud, before }: Attempt): JsonObject {
  return { id: before === null ? cloud.number() : textAt(before, 'id') };
}

const zoneOf = (call: Call) => fullName({ ...call, path: call.path.replace(/\/(rrsets|changes)$/, '') });

function recordsOf(call: Call): readonly JsonObject[] {
  return listAt(read(call, zoneOf(call)), 'records');
}

function found(call: Call): readonly JsonObject[] {
  const [name, type] = [call.query.get('name'), call.query.get('type')];
  return recordsOf(call).filter(
    (one) => (name === null || one['name'] === name) && (type === null || one['type'] === type),
  );
}

function change(call: Call): Json {
  const { cloud, body } = call;
  const keyOf = (one: JsonObject) => `${textAt(one, 'name')} ${textAt(one, 'type')}`;
  const gone = new Set(listAt(body, 'deletions').map(keyOf));
  const left = recordsOf(call).filter((one) => !gone.has(keyOf(one)));
  const added = listAt(body, 'additions');
  for (const one of added)
    if (left.some((other) => keyOf(other) === keyOf(one)))
      throw new Refusal(
        409,
        `The resource 'entity.change.additions' named '${keyOf(one)}' already exists`,
        'alreadyExists',
      );
  cloud.resources.set(zoneOf(call), {
    ...read(call, zoneOf(call)),
    records: [...left, ...added.map((one) => ({ kind: 'dns#resourceRecordSet', ...one }))],
  });
  return { kind: 'dns#change', id: cloud.number(), status: 'done', ...body };
}
