import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions } from '@pulumi/pulumi';
import { product } from '../names.ts';
import { type Cluster, inside } from './inside.ts';

/** Who goes when there is not enough room, from the last to the first. The higher takes the place of the lower. */
const classes = {
  serving: { value: 1_000_000, preemptionPolicy: 'PreemptLowerPriority', description: 'What users notice at once.' },
  working: {
    value: 100_000,
    preemptionPolicy: 'PreemptLowerPriority',
    description: 'What users notice within minutes: scheduled jobs, changes of the schema, what watches.',
  },
  batch: {
    value: 1_000,
    preemptionPolicy: 'Never',
    description: 'What may be interrupted and begins again: back-fill, roll-ups, training.',
  },
} as const;

export type Priority = keyof typeof classes;

/** What a pod says to be of this priority. */
export const priorityClass = (priority: Priority) => `${product}-${priority}`;

/** The priorities of our pods; those of others stay at zero. */
export class Priorities extends ComponentResource {
  constructor(name: string, { cluster }: { readonly cluster: Cluster }, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:Priorities', name, {}, options);
    for (const [priority, settings] of Object.entries(classes) as [Priority, (typeof classes)[Priority]][]) {
      new k8s.scheduling.v1.PriorityClass(
        `${name}-${priority}`,
        { metadata: { name: priorityClass(priority) }, globalDefault: false, ...settings },
        inside(this, cluster),
      );
    }
    this.registerOutputs({});
  }
}
