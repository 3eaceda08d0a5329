import type { DeployedRole } from '../config/sizes.ts';

/** The roles that get a Deployment each: all that exist, but the one that is everything in one process. */
export const deployed = ['api', 'pipeline', 'worker'] as const satisfies readonly DeployedRole[];
