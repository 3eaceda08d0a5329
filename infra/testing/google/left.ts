import type { Cloud } from './cloud.ts';
import { listAt } from './paths.ts';

/** What stays by nature when all that a program made is gone. */
const kept = [
  // Accounts of Google, and the pool of a project's clusters.
  /^\/\/iam\.googleapis\.com\/(agents|pools)\//,
  // Nothing is ever encrypted again by a key that was destroyed, but its name is: https://docs.cloud.google.com/kms/docs/delete-kms-resources
  /^\/\/cloudkms\.googleapis\.com\//,
  // A project has one policy, which is only ever replaced.
  /^\/\/binaryauthorization\.googleapis\.com\/projects\/[^/]+\/policy$/,
];

/** What should be gone and is not: resources by full name, and grants of the project. */
export function leftIn({ resources, policies, project }: Cloud): string[] {
  const names = [...resources.keys()].filter((name) => !kept.some((pattern) => pattern.test(name)));
  const policy = policies.get(`//cloudresourcemanager.googleapis.com/projects/${project.id}`);
  const roles = listAt(policy, 'bindings').map(({ role }) => `${String(role)} in the policy of the project`);
  const audits = listAt(policy, 'auditConfigs').map(({ service }) => `${String(service)} among what is audited`);
  return [...names, ...roles, ...audits];
}
