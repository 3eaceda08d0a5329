import { z } from 'zod';
import { sidecars } from '../../infra/names.ts';
import { onceJob } from './job.ts';

const mount = z.looseObject({ name: z.string(), mountPath: z.string() });
const container = z.looseObject({
  name: z.string(),
  image: z.string(),
  env: z.array(z.looseObject({ name: z.string(), value: z.string().optional() })).default([]),
  volumeMounts: z.array(mount),
});

const database = z.looseObject({
  metadata: z.looseObject({ name: z.string() }),
  spec: z.looseObject({
    volumeClaimTemplates: z.array(z.looseObject({ metadata: z.looseObject({ name: z.string() }) })),
    template: z.looseObject({
      spec: z.looseObject({
        initContainers: z.array(container),
        containers: z.array(container).min(1),
        volumes: z.array(z.looseObject({ name: z.string() })),
      }),
    }),
  }),
});
type Container = z.infer<typeof container>;

/** So long a restore may take, seconds. */
const LIMIT_SECONDS = 4 * 3_600;

/**
 * The Job that restores the database of a stack that has it in the cluster, out of its own StatefulSet, whose pod must be gone: a new data folder beside
 * the old one, by the same image and the same scratch server, then the one in the place of the other. The old one stays, as `before-<seconds>`. Throws
 * an Error where the database is another's.
 */
export function restoreJobFor(args: readonly string[], statefulSet: unknown): unknown {
  const { metadata, spec } = database.parse(statefulSet);
  const pod = spec.template.spec;
  const [server] = pod.containers;
  const find = (name: string): Container => {
    const found = pod.initContainers.find((one) => one.name === name);
    if (found === undefined) throw new Error(`The StatefulSet ${metadata.name} has no container "${name}" beside it`);
    return found;
  };
  const [keeper, drill] = [find(sidecars.keeper), find(sidecars.drill)];
  const files = keeper.env.find(({ name }) => name === 'DATABASE_FILES')?.value;
  const data = keeper.volumeMounts.find(({ mountPath }) => files?.startsWith(`${mountPath}/`));
  if (server === undefined || files === undefined || data === undefined)
    throw new Error(`The StatefulSet ${metadata.name} does not say where its data folder is`);
  const withData = (one: Container): Container => ({
    ...one,
    volumeMounts: [
      ...one.volumeMounts.filter(({ name }) => name !== data.name),
      { name: data.name, mountPath: data.mountPath },
    ],
  });
  const restored = `${data.mountPath}/restored`;
  const claims = spec.volumeClaimTemplates.map(({ metadata: { name } }) => ({
    name,
    persistentVolumeClaim: { claimName: `${name}-${metadata.name}-0` },
  }));
  return onceJob('restore', LIMIT_SECONDS, {
    ...without(pod, 'topologySpreadConstraints'),
    restartPolicy: 'Never',
    initContainers: [
      withData(drill),
      // What an attempt has left that was killed: a restore begins with an empty folder.
      {
        ...without(withData(server), 'args', 'env', ...served),
        ...{ name: 'clear', command: ['/bin/rm', '-rf', restored] },
      },
      {
        ...without(withData(keeper), 'restartPolicy', ...served),
        args: ['restore', '--to', restored, ...args],
      },
    ],
    containers: [
      {
        ...without(withData(server), 'args', 'env', ...served),
        ...{ name: 'swap', command: ['/bin/sh', '-c', swap(files, restored)] },
      },
    ],
    volumes: [...pod.volumes, ...claims],
  });
}

/** Nothing is taken away; where there was nothing, there is nothing to keep. */
export function swap(files: string, restored: string): string {
  return [
    'set -e',
    `test -d '${restored}/cluster'`,
    `if [ -e '${files}' ]; then mv '${files}' "${files}-before-$(date +%s)"; fi`,
    `mkdir -p "$(dirname '${files}')"`,
    `mv '${restored}/cluster' '${files}'`,
    `rm -r '${restored}'`,
    `ls "$(dirname '${files}')"`,
  ].join('; ');
}

/** What a container has that serves somebody. */
const served = ['ports', 'startupProbe', 'livenessProbe', 'readinessProbe', 'lifecycle'] as const;

function without(object: Readonly<Record<string, unknown>>, ...names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(Object.entries(object).filter(([name]) => !names.includes(name)));
}
