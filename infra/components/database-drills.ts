import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, interpolate, type Output } from '@pulumi/pulumi';
import { nameOf } from '../names.ts';

export type DatabaseDrillsArgs = {
  readonly stack: string;
  readonly project: string;
  /** Name of the instance that backups are of. */
  readonly instance: Output<string>;
  /** `serviceAccount:ADDRESS` of who looks at backups, and restores them for a drill. */
  readonly member: Input<string>;
};

/** Behind the name of an instance: one that a drill made, and takes away again. backend/operations/cloud-sql/clone.ts has the same. */
const MADE_BY_DRILL = '-drill-';

/**
 * What it takes to look at the backups of an instance, to make another one of it, and to take that one away: three roles, for each holds for other
 * instances. Lists are of a project, so that to look is not narrowed.
 */
const rights = {
  look: {
    title: 'Looks at backups of databases',
    permissions: ['cloudsql.backupRuns.list', 'cloudsql.instances.get', 'cloudsql.instances.list'],
    holds: null,
  },
  copy: {
    title: 'Makes a new database of one',
    permissions: ['cloudsql.instances.clone'],
    holds: (path: Output<string>) => interpolate`resource.name == "${path}"`,
  },
  drill: {
    title: 'Makes databases for drills, and takes them away',
    permissions: ['cloudsql.instances.create', 'cloudsql.instances.delete', 'cloudsql.instances.update'],
    holds: (path: Output<string>) => interpolate`resource.name.startsWith("${path}${MADE_BY_DRILL}")`,
  },
} as const;

/** Lets the worker look at the backups of the database, and drill them: nothing of it holds for the database itself but to copy it. */
export class DatabaseDrills extends ComponentResource {
  constructor(name: string, args: DatabaseDrillsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:DatabaseDrills', name, {}, options);
    const { stack, project, instance, member } = args;
    const path = interpolate`projects/${project}/instances/${instance}`;
    for (const [right, { title, permissions, holds }] of Object.entries(rights)) {
      const role = new gcp.projects.IAMCustomRole(
        `${name}-${right}`,
        {
          project,
          roleId: nameOf(stack, 'database', right).replaceAll('-', '_'),
          title: `${title}: ${nameOf(stack)}`,
          permissions: [...permissions],
        },
        { parent: this },
      );
      const condition = holds === null ? {} : { condition: { title, expression: holds(path) } };
      new gcp.projects.IAMMember(
        `${name}-${right}`,
        { project, role: role.name, member, ...condition },
        { parent: this },
      );
    }
    this.registerOutputs({});
  }
}
