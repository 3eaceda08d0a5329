import type { Config } from '../config/config.ts';
import type { DeployedRole, WorkloadSize } from '../config/sizes.ts';

/** The roles that get a Deployment each: all that exist, but the one that is everything in one process. */
export const deployed = ['api', 'pipeline', 'worker', 'synthetic'] as const satisfies readonly DeployedRole[];

/** Those that a stack has: the subscriber of our own where it is asked for. */
export function deployedIn({ synthetic }: Pick<Config, 'synthetic'>): readonly DeployedRole[] {
  return deployed.filter((role) => role !== 'synthetic' || synthetic);
}

/** What they ask for. */
export function workloadsOf(config: Pick<Config, 'synthetic' | 'sizes'>): readonly WorkloadSize[] {
  return deployedIn(config).map((role) => config.sizes.workloads[role]);
}
