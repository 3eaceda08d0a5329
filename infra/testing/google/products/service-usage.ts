import type { JsonObject } from '../../engine/values.ts';
import { done } from '../operations.ts';
import type { Call, Method, Product } from '../product.ts';
import { Refusal } from '../refusal.ts';

const SERVICE = 'projects/{project}/services/{service}';
const SERVICES = 'projects/{project}/services';

/** Accounts of Google that act in a project's name: https://cloud.google.com/iam/docs/service-agents */
const agents: Readonly<Record<string, string>> = {
  'artifactregistry.googleapis.com': 'gcp-sa-artifactregistry',
  'gkebackup.googleapis.com': 'gcp-sa-gkebackup',
  'memorystore.googleapis.com': 'gcp-sa-memorystore',
  'pubsub.googleapis.com': 'gcp-sa-pubsub',
  'secretmanager.googleapis.com': 'gcp-sa-secretmanager',
  'sqladmin.googleapis.com': 'gcp-sa-cloud-sql',
};

/** Those that are there as soon as their interface is on. */
const comeAlone: Readonly<Record<string, string>> = {
  'compute.googleapis.com': 'compute-system',
  'container.googleapis.com': 'container-engine-robot',
  'storage.googleapis.com': 'gs-project-accounts',
};

const methods: readonly Method[] = [
  { method: 'GET', path: SERVICE, answer: (call, [, name = '']) => told(call, name) },
  {
    method: 'GET',
    path: SERVICES,
    answer: (call) => ({ services: [...call.cloud.enabled].map((on) => told(call, on)) }),
  },
  {
    method: 'GET',
    path: `${SERVICES}:batchGet`,
    answer: (call) => ({ services: call.query.getAll('names').map((name) => told(call, name.replace(/^.*\//, ''))) }),
  },
  { method: 'POST', path: `${SERVICE}:enable`, answer: (call, [, name = '']) => turnOn(call, [name]) },
  {
    method: 'POST',
    path: `${SERVICES}:batchEnable`,
    answer: (call) => turnOn(call, (call.body['serviceIds'] ?? []) as readonly string[]),
  },
  {
    method: 'POST',
    path: `${SERVICE}:disable`,
    answer: (call, [, name = '']) => {
      call.cloud.enabled.delete(name);
      return operation(call, { service: told(call, name) });
    },
  },
  { method: 'POST', path: `${SERVICE}:generateServiceIdentity`, answer: (call, [, name = '']) => agent(call, name) },
];

/** https://cloud.google.com/service-usage/docs/reference/rest */
export const serviceUsage: Product = {
  host: 'serviceusage.googleapis.com',
  endpoints: { SERVICE_USAGE: 'v1beta1/' },
  style: 'longrunning',
  collections: [],
  methods,
};

function told({ cloud }: Call, name: string): JsonObject {
  const parent = `projects/${cloud.project.number}`;
  const state = cloud.enabled.has(name) ? 'ENABLED' : 'DISABLED';
  return { name: `${parent}/services/${name}`, parent, config: { name }, state };
}

function turnOn(call: Call, names: readonly string[]): JsonObject {
  const { cloud } = call;
  for (const name of names) {
    cloud.enabled.add(name);
    const alone = comeAlone[name];
    if (alone !== undefined) bring(call, alone);
  }
  return operation(call, { services: names.map((name) => told(call, name)) });
}

/** The account of a service in this project, which exists from now on. */
function agent(call: Call, name: string): JsonObject {
  const { cloud } = call;
  if (!cloud.enabled.has(name))
    throw new Refusal(403, `${name} has not been used in project ${cloud.project.number} before or it is disabled.`);
  const domain = agents[name];
  if (domain === undefined) throw new Refusal(400, `${name} has no account that is known here`);
  return operation(call, { email: bring(call, domain), uniqueId: cloud.number() });
}

function bring({ cloud }: Call, domain: string): string {
  const email = `service-${cloud.project.number}@${domain}.iam.gserviceaccount.com`;
  cloud.resources.set(`//iam.googleapis.com/agents/${email}`, { email });
  return email;
}

function operation({ cloud, product, path }: Call, resource: JsonObject): JsonObject {
  return done('longrunning', { cloud, product, what: 'update', path, resource });
}
