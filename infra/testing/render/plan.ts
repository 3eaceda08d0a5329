import type { Captured } from '../engine/captured.ts';
import { isObject, type Json, type JsonObject } from '../engine/values.ts';

/** What `terraform show -json` says of a plan, as far as scanners read it. */
export type Plan = {
  readonly format_version: string;
  readonly terraform_version: string;
  readonly planned_values: { readonly root_module: { readonly resources: readonly Planned[] } };
  readonly resource_changes: readonly {
    readonly address: string;
    readonly type: string;
    readonly name: string;
    readonly change: JsonObject;
  }[];
};

type Planned = {
  readonly address: string;
  readonly mode: 'managed';
  readonly type: string;
  readonly name: string;
  readonly provider_name: string;
  readonly values: JsonObject;
};

/** What a program asks of Google, in the words of the provider of Terraform that the one of Pulumi is made of. */
export function planOf(resources: readonly Captured[]): Plan {
  const planned = resources.filter(({ type }) => type.startsWith('gcp:')).map(plannedOf);
  return {
    format_version: '1.2',
    terraform_version: '1.9.0',
    planned_values: { root_module: { resources: planned } },
    resource_changes: planned.map(({ address, type, name, values }) => ({
      address,
      type,
      name,
      change: { actions: ['create'], before: null, after: values },
    })),
  };
}

function plannedOf({ type, name: logicalName, inputs }: Captured): Planned {
  const kind = terraformType(type);
  const name = logicalName.replaceAll(/[^\w-]/g, '_');
  const values = blockOf(inputs);
  return { address: `${kind}.${name}`, mode: 'managed', type: kind, name, provider_name: PROVIDER, values };
}

const PROVIDER = 'registry.terraform.io/hashicorp/google-beta';

/** Modules whose name is written as one word here, and as several there; the account is its module's only plain resource. */
const modules: Readonly<Record<string, string>> = {
  artifactregistry: 'artifact_registry',
  binaryauthorization: 'binary_authorization',
  certificatemanager: 'certificate_manager',
  gkebackup: 'gke_backup',
  networkconnectivity: 'network_connectivity',
  projects: 'project',
  secretmanager: 'secret_manager',
  serviceaccount: 'service_account',
};

/** `gcp:sql/databaseInstance:DatabaseInstance` is `google_sql_database_instance`. */
export function terraformType(type: string): string {
  const [, path = '', name = ''] = type.split(':');
  const module = path.split('/')[0] ?? '';
  const prefix = modules[module] ?? module;
  return `google_${prefix}_${snake(name)}`.replace(/_account_account$/, '_account');
}

/** Lists of blocks that have a plural here, and there the name of one. */
const blocks: Readonly<Record<string, string>> = {
  rules: 'rule',
  lifecycleRules: 'lifecycle_rule',
  auditLogConfigs: 'audit_log_config',
  secondaryIpRanges: 'secondary_ip_range',
  pscConfigs: 'psc_config',
  taints: 'taint',
};

/** Objects that are maps there too, not blocks. */
const maps = ['labels', 'resourceLabels', 'userLabels', 'metadata', 'engineConfigs', 'attributeMapping'];

function blockOf(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [blocks[key] ?? snake(key), fieldOf(key, value)]),
  );
}

function fieldOf(key: string, value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => (isObject(item) ? blockOf(item) : item));
  if (!isObject(value)) return value;
  // A block that can be there once is a list of one.
  return maps.includes(key) ? value : [blockOf(value)];
}

const snake = (name: string) =>
  name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .toLowerCase();
