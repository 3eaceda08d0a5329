import { z } from 'zod';
import { namespaces } from '../../infra/names.ts';

const jobs = z.object({
  items: z.array(
    z.looseObject({
      metadata: z.looseObject({ creationTimestamp: z.string() }),
      spec: z.looseObject({
        template: z.looseObject({
          spec: z.looseObject({ containers: z.array(z.looseObject({ name: z.string() })).min(1) }),
        }),
      }),
    }),
  ),
});

/** So long a task may take, and its Job be looked at afterwards; seconds. */
const LIMIT_SECONDS = 3_600;
const KEPT_SECONDS = 7 * 86_400;

/**
 * The Job that carries out a task of the service, from the list of Jobs of the deployment that are like it: the same image, the same account, the same
 * way to the database. Throws an Error when there is none.
 */
export function jobFor(task: string, args: readonly string[], listed: unknown): unknown {
  const [newest] = jobs
    .parse(listed)
    .items.toSorted((a, b) => b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp));
  if (newest === undefined)
    throw new Error(`There is no Job that ${task} could be made like: the service has not been deployed here`);
  const { spec } = newest.spec.template;
  return onceJob(task, LIMIT_SECONDS, {
    ...spec,
    containers: spec.containers.map((container) => ({ ...container, name: task, args: [task, ...args] })),
  });
}

/** The Job of this name beside the service: its pod is tried once, for so many seconds. */
export function onceJob(name: string, limitSeconds: number, pod: object): unknown {
  const labels = { 'app.kubernetes.io/name': 'heliograph', 'app.kubernetes.io/component': name };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace: namespaces.service, labels },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: limitSeconds,
      ttlSecondsAfterFinished: KEPT_SECONDS,
      template: { metadata: { labels }, spec: pod },
    },
  };
}
