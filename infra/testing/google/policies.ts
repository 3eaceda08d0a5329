import { isObject, type Json, type JsonObject } from '../engine/values.ts';
import type { Cloud, Policy } from './cloud.ts';
import { listAt, textAt } from './paths.ts';
import { Refusal } from './refusal.ts';

/** Who may do what with a resource. */
export function policyOf(cloud: Cloud, name: string): Policy {
  const known = cloud.policies.get(name);
  if (known) return known;
  const empty = { version: 1, etag: cloud.etag() };
  cloud.policies.set(name, empty);
  return empty;
}

/** Replaces a policy that nobody else has changed since it was read, by members that exist. */
export function setPolicy(cloud: Cloud, name: string, asked: Json | undefined): Policy {
  const policy = asked !== undefined && isObject(asked) ? asked : {};
  const etag = textAt(policy, 'etag');
  if (etag !== '' && etag !== policyOf(cloud, name).etag)
    throw new Refusal(409, 'There were concurrent policy changes. Please retry the whole read-modify-write', 'aborted');
  for (const binding of listAt(policy, 'bindings')) {
    const { members = [] } = binding;
    for (const member of members as readonly string[]) refuseUnknown(cloud, member);
  }
  const kept = { ...policy, bindings: bindingsOf(policy), etag: cloud.etag() };
  cloud.policies.set(name, kept);
  return kept;
}

/** Roles that nobody has are not told. */
function bindingsOf(policy: JsonObject): readonly JsonObject[] {
  return listAt(policy, 'bindings').filter(({ members }) => Array.isArray(members) && members.length > 0);
}

/** Whether somebody has been granted a role on a resource. */
export function may(cloud: Cloud, name: string, role: string, member: string): boolean {
  return listAt(cloud.policies.get(name), 'bindings').some(
    (binding) => binding['role'] === role && ((binding['members'] ?? []) as readonly string[]).includes(member),
  );
}

// RULES.md says where each of these is written.
function refuseUnknown(cloud: Cloud, member: string): void {
  const { id } = cloud.project;
  const [, account] = new RegExp(`^serviceAccount:([^@]+@${id}\\.iam\\.gserviceaccount\\.com)$`).exec(member) ?? [];
  if (
    account !== undefined &&
    cloud.get(`//iam.googleapis.com/projects/${id}/serviceAccounts/${account}`) === undefined
  )
    throw new Refusal(400, `Service account ${account} does not exist.`);
  const [, agent] = /^serviceAccount:(service-\d+@\S+)$/.exec(member) ?? [];
  if (agent !== undefined && cloud.get(`//iam.googleapis.com/agents/${agent}`) === undefined)
    throw new Refusal(400, `Service account ${agent} does not exist.`);
  const [, pool] = /^serviceAccount:([^[@]+\.svc\.id\.goog)\[/.exec(member) ?? [];
  if (pool !== undefined && cloud.get(`//iam.googleapis.com/pools/${pool}`) === undefined)
    throw new Refusal(
      400,
      `Identity Pool does not exist (${pool}). Please check that you specified a valid resource name`,
    );
}
