import type { Json } from '../../engine/values.ts';
import { policyOf, setPolicy } from '../policies.ts';
import type { Call, Product } from '../product.ts';

const name = ({ cloud }: Call) => `//cloudresourcemanager.googleapis.com/projects/${cloud.project.id}`;

/** https://cloud.google.com/resource-manager/reference/rest/v1/projects: there is one project, and nothing makes or deletes it. */
export const resourceManager: Product = {
  host: 'cloudresourcemanager.googleapis.com',
  endpoints: { RESOURCE_MANAGER: 'v1/', RESOURCE_MANAGER_V3: 'v3/' },
  collections: [],
  methods: [
    { method: 'GET', path: 'projects/{project}', answer: project },
    { method: 'POST', path: 'projects/{project}:getIamPolicy', answer: (call) => policyOf(call.cloud, name(call)) },
    {
      method: 'POST',
      path: 'projects/{project}:setIamPolicy',
      answer: (call) => setPolicy(call.cloud, name(call), call.body['policy']),
    },
  ],
};

/** https://cloud.google.com/iap/docs/reference/rest/v1/V1/setIamPolicy */
export const identityAwareProxy: Product = {
  host: 'iap.googleapis.com',
  endpoints: { IAP: 'v1/' },
  collections: [],
  methods: [
    {
      method: 'POST',
      path: 'projects/{project}/iap_web:getIamPolicy',
      answer: (call) => policyOf(call.cloud, web(call)),
    },
    {
      method: 'POST',
      path: 'projects/{project}/iap_web:setIamPolicy',
      answer: (call) => setPolicy(call.cloud, web(call), call.body['policy']),
    },
  ],
};

const web = ({ cloud }: Call) => `//iap.googleapis.com/projects/${cloud.project.id}/iap_web`;

function project({ cloud }: Call): Json {
  const { id, number } = cloud.project;
  return {
    projectId: id,
    projectNumber: number,
    name: id,
    lifecycleState: 'ACTIVE',
    createTime: '2026-01-01T00:00:00Z',
  };
}
