import type { Json, JsonObject } from '../../engine/values.ts';
import { fullName, read } from '../engine.ts';
import { done } from '../operations.ts';
import { at, textAt } from '../paths.ts';
import type { Attempt, Call, Collection, Product } from '../product.ts';
import { mayEncrypt } from '../rules.ts';

const INSTANCES = 'projects/{project}/instances';

const instances: Collection = {
  path: INSTANCES,
  id: { field: 'name' },
  named: 'id',
  list: 'items',
  outputs,
  rules: {
    'an instance that is protected is not deleted': {
      on: ['delete'],
      source: 'https://docs.cloud.google.com/sql/docs/postgres/delete-instance.md.txt',
      refuses: ({ resource }) =>
        at(resource, 'settings.deletionProtectionEnabled') === true
          ? 'The instance is protected. Please disable the deletion protection and try again.'
          : null,
    },
    'an instance that others follow is not deleted': {
      on: ['delete'],
      source: 'https://docs.cloud.google.com/sql/docs/postgres/delete-instance.md.txt',
      refuses: ({ cloud, name }) => {
        const id = name.slice(name.lastIndexOf('/') + 1);
        const others = cloud.below('//sqladmin.googleapis.com/').filter(([, one]) => one['masterInstanceName'] === id);
        return others.length === 0 ? null : `The instance ${id} has replicas, which must be deleted first`;
      },
    },
    'a tier is of its edition': {
      on: ['create', 'update'],
      source: 'https://github.com/GoogleCloudPlatform/magic-modules/pull/18014',
      refuses: tierOfEdition,
    },
    'the log is kept for as long as the edition allows': {
      on: ['create', 'update'],
      source: 'https://github.com/langfuse/langfuse-terraform-gcp/issues/8',
      refuses: ({ resource }) => {
        const days = Number(at(resource, 'settings.backupConfiguration.transactionLogRetentionDays') ?? 1);
        const most = editionOf(resource) === 'ENTERPRISE' ? 7 : 35;
        const said = `The number of transaction log retention days must be between 1 and ${most}.`;
        return days >= 1 && days <= most ? null : `Invalid request: ${said}`;
      },
    },
    'an instance is encrypted by a key that its service may use': mayEncrypt(
      'https://gist.github.com/gbrayut/c493eeb04f819faa70c0d2ad3af5ee41',
      'diskEncryptionConfiguration.kmsKeyName',
      ['gcp-sa-cloud-sql'],
    ),
  },
};

const databases: Collection = {
  path: `${INSTANCES}/{instance}/databases`,
  id: { field: 'name' },
  named: 'id',
  list: 'items',
  defaults: { charset: 'UTF8', collation: 'en_US.UTF8' },
  outputs: ({ cloud, name }) => ({
    kind: 'sql#database',
    instance: name.split('/')[6] ?? '',
    project: cloud.project.id,
  }),
};

const users: Collection = {
  path: `${INSTANCES}/{instance}/users`,
  id: { field: 'name' },
  named: 'id',
  list: 'items',
  secret: ['password'],
  outputs: ({ cloud, name }) => ({
    kind: 'sql#user',
    instance: name.split('/')[6] ?? '',
    project: cloud.project.id,
    host: '',
  }),
};

/** https://cloud.google.com/sql/docs/postgres/admin-api/rest/v1beta4 */
export const sql: Product = {
  host: 'sqladmin.googleapis.com',
  endpoints: { SQL: 'sql/v1beta4/' },
  style: 'sql',
  collections: [instances, databases, users],
  methods: [{ method: 'DELETE', path: `${INSTANCES}/{instance}/users`, answer: removeUser }],
};

/** Since POSTGRES_16 the edition is the larger one where nobody says which. */
function editionOf(resource: JsonObject): string {
  const version = Number(/^POSTGRES_(\d+)$/.exec(textAt(resource, 'databaseVersion'))?.[1] ?? 0);
  return textAt(resource, 'settings.edition') || (version >= 16 ? 'ENTERPRISE_PLUS' : 'ENTERPRISE');
}

function tierOfEdition({ resource }: Attempt): string | null {
  const [edition, tier] = [editionOf(resource), textAt(resource, 'settings.tier')];
  const large = tier.startsWith('db-perf-optimized-');
  if (large === (edition === 'ENTERPRISE_PLUS')) return null;
  const instead = large ? 'a custom or shared-core' : 'a predefined';
  return `Invalid request: Invalid Tier (${tier}) for (${edition}) Edition. Use ${instead} Tier instead.`;
}

function removeUser({ cloud, product, path, query }: Call): Json {
  const name = fullName({ product, path: `${path}/${query.get('name') ?? ''}` });
  const resource = read({ cloud }, name);
  cloud.remove(name);
  return done('sql', { cloud, product, what: 'delete', path, resource });
}

function outputs({ cloud, name, resource, before }: Attempt): JsonObject {
  const id = name.slice(name.lastIndexOf('/') + 1);
  const { project } = cloud;
  const region = textAt(resource, 'region');
  const version = Number(textAt(before, 'settings.settingsVersion') || 0) + 1;
  const account = `p${project.number}-${id.length}abcde@gcp-sa-cloud-sql.iam.gserviceaccount.com`;
  return {
    ...{ kind: 'sql#instance', name: id, project: project.id, state: 'RUNNABLE', backendType: 'SECOND_GEN' },
    ...{ connectionName: `${project.id}:${region}:${id}`, serviceAccountEmailAddress: account, etag: cloud.etag() },
    selfLink: `https://sqladmin.googleapis.com/sql/v1beta4/projects/${project.id}/instances/${id}`,
    instanceType: textAt(resource, 'masterInstanceName') === '' ? 'CLOUD_SQL_INSTANCE' : 'READ_REPLICA_INSTANCE',
    gceZone: `${region}-a`,
    settings: {
      activationPolicy: 'ALWAYS',
      pricingPlan: 'PER_USE',
      ...(resource['settings'] as JsonObject),
      settingsVersion: String(version),
    },
  };
}
