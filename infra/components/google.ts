import * as gcp from '@pulumi/gcp';
import type { Config } from '../config/config.ts';
import { product } from '../names.ts';

/** The one provider of everything on Google Cloud: nothing takes a project or a region from the operator's machine. */
export function googleProvider({ stack, project, region }: Pick<Config, 'stack' | 'project' | 'region'>): gcp.Provider {
  return new gcp.Provider('google', {
    project,
    region,
    // Budgets and the interfaces of billing are asked for in the name of the project.
    billingProject: project,
    userProjectOverride: true,
    defaultLabels: { product, stack },
    addPulumiAttributionLabel: false,
  });
}
