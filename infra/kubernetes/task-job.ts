import * as k8s from '@pulumi/kubernetes';
import { ComponentResource, type ComponentResourceOptions, output } from '@pulumi/pulumi';
import type { Task } from '../../backend/roles.ts';
import { job as size } from '../arithmetic/quota.ts';
import type { Workload } from '../components/identity.ts';
import { inside } from './inside.ts';
import { actsAs, inService, labelsOf, podSpec, type Surroundings, variablesOf } from './pod.ts';

export type TaskJobArgs = Surroundings & {
  readonly task: Task;
  /** The workload that it proves to be. */
  readonly account: Workload;
};

/** Does one task of an image before any pod of it starts; a failure leaves the old ones running. */
export class TaskJob extends ComponentResource {
  constructor(name: string, args: TaskJobArgs, options: ComponentResourceOptions) {
    super('heliograph:kubernetes:TaskJob', name, {}, options);
    const child = inside(this, args.cluster);
    const { task } = args;
    const labels = labelsOf(task);
    const account = new k8s.core.v1.ServiceAccount(
      name,
      {
        metadata: {
          name: args.account,
          ...inService,
          labels,
          ...actsAs(args.googleAccount),
        },
        automountServiceAccountToken: false,
      },
      child,
    );
    const container = {
      name: task,
      image: args.image,
      args: [task],
      env: output(args.environment).apply(variablesOf),
      resources: {
        requests: { cpu: `${size.cpu}m`, memory: `${size.memory}Mi` },
        limits: { memory: `${size.memory}Mi` },
      },
    };
    const pod = podSpec({
      account: args.account,
      container,
      proxy: args.proxy,
      graceSeconds: 60,
      priority: 'working',
      pools: args.pools,
    });
    new k8s.batch.v1.Job(
      name,
      {
        // A Job cannot be changed: one for each image, by its digest, so that another image is another Job.
        metadata: { name: `${task}-${digestOf(args.image).slice(0, 12)}`, ...inService, labels },
        spec: {
          backoffLimit: 2,
          activeDeadlineSeconds: 1800,
          template: { metadata: { labels }, spec: { ...pod, restartPolicy: 'Never' } },
        },
      },
      { ...child, dependsOn: account, customTimeouts: { create: '35m' } },
    );
    this.registerOutputs({});
  }
}

const digestOf = (image: string) => image.slice(image.lastIndexOf(':') + 1);
