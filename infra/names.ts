/** Names that more than one place must agree on. Imports no Pulumi, so that runbooks and their checker can read them. */
export const product = 'heliograph';

/** The namespaces of the cluster that are ours. */
export const namespaces = { service: 'heliograph', observability: 'observability', scaling: 'keda' } as const;

/** The Kubernetes secret that holds what becomes a variable. */
export const secretObject = (variable: string) => variable.toLowerCase().replaceAll('_', '-');

/** The name that people look at dashboards by. */
export const dashboardsHost = (domain: string) => `dashboards.${domain}`;

export const database = { name: 'heliograph', port: 5432 } as const;

/** What stands beside a database of our own in its pod: who takes its backups, and who runs a server for a drill. */
export const sidecars = { keeper: 'keeper', drill: 'drill' } as const;

/** A name in Google Cloud: all of one stack begin alike, so that two stacks fit in one project. */
export function nameOf(stack: string, ...parts: readonly string[]): string {
  return [product, stack, ...parts].join('-');
}

/** The bucket in which the program's state is, of all stacks of a project. */
export const stateBucket = (project: string) => `${product}-state-${project}`;

/** The id of a Google service account may have 30 characters. */
export function accountId(stack: string, workload: string): string {
  return nameOf(shortStack(stack), workload).replace(`${product}-`, 'hg-');
}

/** The main database instance of a stack, which its recovery stack replicates. */
function databaseInstance(stack: string): string {
  return nameOf(stack, 'database');
}

/** The instance that the service of a stack writes to: its own, which may be one that was restored, or until a promotion the one that it follows. */
export function primaryInstance(
  stack: Parameters<typeof followed>[0] & { stack: string; databaseInstance: string | undefined },
): string {
  return followed(stack) ?? stack.databaseInstance ?? databaseInstance(stack.stack);
}

/** The instance that a stack's own follows: that of its primary stack, until it has been promoted. */
export function followed(stack: {
  recovery: boolean;
  topology: 'replica' | 'primary';
  primaryStack: string;
}): string | undefined {
  return stack.recovery && stack.topology === 'replica' ? databaseInstance(stack.primaryStack) : undefined;
}

const shortStack = (stack: string) => stack.replace('production', 'prod').replace('autopilot', 'auto');
