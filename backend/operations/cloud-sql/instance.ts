import type { SqlAdminClient } from '../../platform/google/sql-admin-client.ts';

/** An instance of Cloud SQL. */
export type Instance = { readonly project: string; readonly region: string; readonly name: string };

/** An instance, and who is asked of it. */
export type CloudSql = {
  readonly instance: Instance;
  readonly client: SqlAdminClient;
  /** A token that is good now, of the account that the database knows as its user. */
  readonly token: () => Promise<string>;
};

/** `project:region:instance`, as the setting has it; a project of an organisation has a colon of its own. */
export function instanceOf(connectionName: string): Instance {
  const [, project = '', region = '', name = ''] = /^(.+):([^:]+):([^:]+)$/.exec(connectionName) ?? [];
  if (name === '') throw new Error(`the instance is "${connectionName}", expected project:region:instance`);
  return { project, region, name };
}

/** Its path in the Cloud SQL Admin API. */
export function pathOf({ project, name }: Pick<Instance, 'project' | 'name'>): string {
  return `/v1/projects/${encodeURIComponent(project)}/instances/${encodeURIComponent(name)}`;
}
