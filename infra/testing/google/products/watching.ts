import { randomUUID } from 'node:crypto';
import type { JsonObject } from '../../engine/values.ts';
import { carryOut, create } from '../engine.ts';
import { at, textAt } from '../paths.ts';
import type { Collection, Product } from '../product.ts';

const channels: Collection = {
  path: 'projects/{project}/notificationChannels',
  id: 'assigned',
  defaults: { enabled: true },
};

const alerts: Collection = {
  path: 'projects/{project}/alertPolicies',
  id: 'assigned',
  defaults: { enabled: true },
  outputs: ({ resource, cloud }) => ({
    conditions: (resource['conditions'] as readonly object[]).map((condition, index) => ({
      ...condition,
      name: `${textAt(resource, 'name')}/conditions/${index + 1}`,
    })),
    creationRecord: { mutateTime: '2026-01-01T00:00:00Z', mutatedBy: cloud.project.id },
  }),
};

const uptime: Collection = {
  path: 'projects/{project}/uptimeCheckConfigs',
  id: ({ body }) => `${textAt(body, 'displayName')}-${randomUUID().slice(0, 8)}`,
  rules: {
    'an uptime check that an alert rests on is not deleted': {
      on: ['delete'],
      source: 'https://github.com/GoogleCloudPlatform/magic-modules/pull/9429',
      refuses: ({ cloud, name }) => {
        const id = name.slice(name.lastIndexOf('/') + 1);
        const policies = cloud
          .below('//monitoring.googleapis.com/')
          .filter(([other]) => /\/alertPolicies\/\d+$/.test(other));
        const user = policies.find(([, policy]) => JSON.stringify(policy).includes(id))?.[0];
        return user === undefined
          ? null
          : `Cannot delete check ${id}. One or more alerting policies is using it: ${user}`;
      },
    },
  },
};

/** https://cloud.google.com/monitoring/api/ref_v3/rest */
export const monitoring: Product = {
  host: 'monitoring.googleapis.com',
  endpoints: { MONITORING: '' },
  collections: [channels, alerts, uptime],
};

const BUCKETS = 'projects/{project}/locations/{location}/buckets';

const buckets: Collection = {
  path: BUCKETS,
  id: { parameter: 'bucketId' },
  defaults: { retentionDays: 30, lifecycleState: 'ACTIVE' },
  nameKept: {
    days: 7,
    source: 'https://docs.cloud.google.com/logging/docs/reference/v2/rest/v2/projects.locations.buckets/delete',
  },
};

const later: Collection = { ...buckets, style: 'longrunning' };

const sinks: Collection = {
  path: 'projects/{project}/sinks',
  id: { field: 'name' },
  named: 'id',
  outputs: ({ cloud }) => ({
    writerIdentity: `serviceAccount:service-${cloud.project.number}@gcp-sa-logging.iam.gserviceaccount.com`,
  }),
};

/** https://cloud.google.com/logging/docs/reference/v2/rest */
export const logging: Product = {
  host: 'logging.googleapis.com',
  endpoints: { LOGGING: 'v2/' },
  collections: [buckets, sinks],
  methods: [
    {
      method: 'POST',
      path: `${BUCKETS}:createAsync`,
      answer: (call) =>
        create({ ...call, path: call.path.replace(/:\w+$/, '') }, later, call.query.get('bucketId') ?? ''),
    },
    {
      method: 'POST',
      path: `${BUCKETS}/{bucket}:updateAsync`,
      answer: (call) => carryOut({ ...call, method: 'PATCH', path: call.path.replace(/:\w+$/, '') }, later, ''),
    },
  ],
};

const budgets: Collection = {
  path: 'billingAccounts/{account}/budgets',
  id: () => randomUUID(),
  outputs: ({ cloud, resource }) => ({
    etag: cloud.etag(),
    // https://github.com/GoogleCloudPlatform/cloud-foundation-fabric/issues/2365: told by its number, however it was said.
    budgetFilter: {
      creditTypesTreatment: 'INCLUDE_ALL_CREDITS',
      calendarPeriod: 'MONTH',
      ...(resource['budgetFilter'] as JsonObject),
      projects: ((at(resource, 'budgetFilter.projects') ?? []) as readonly string[]).map((name) =>
        cloud.byNumber(name),
      ),
    },
  }),
};

/** https://cloud.google.com/billing/docs/reference/budget/rest */
export const billingBudgets: Product = {
  host: 'billingbudgets.googleapis.com',
  endpoints: { BILLING_BUDGETS: 'v1/' },
  collections: [budgets],
};
