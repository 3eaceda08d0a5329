import type * as k8s from '@pulumi/kubernetes';
import { ports, probes } from '../../../backend/roles.ts';
import { scratchServerProgram } from '../../../backend/server-scripts.ts';
import { sidecars } from '../../names.ts';
import type { Value } from '../environment.ts';
import { locked, variablesOf } from '../pod.ts';
import { besideSizes, places } from './store.ts';

type Container = k8s.types.input.core.v1.Container;

export type BesideArgs = {
  /** Of the service, and of the database. */
  readonly image: string;
  readonly postgres: string;
  readonly environment: Readonly<Record<string, Value>>;
};

/**
 * What stands beside the database in its pod: whoever takes its backups, and a shell that runs another PostgreSQL for a drill, on request. Both are
 * sidecars in Kubernetes' own meaning, and neither has a say in whether the database is ready: the schema that the first waits for is made through it.
 */
export function besideDatabase({ image, postgres, environment }: BesideArgs): readonly Container[] {
  return [
    {
      ...common('drill'),
      image: postgres,
      command: ['/bin/sh', '-c', scratchServerProgram(places.drill)],
      // The backups too: of all that is in this pod only this image has a shell for people.
      volumeMounts: [...mounts('drill', 'backups'), TEMPORARY],
    },
    {
      ...common('keeper'),
      image,
      args: ['start', '--role', 'worker'],
      env: variablesOf(environment),
      ports: [{ name: 'internal', containerPort: ports.internal.number }],
      volumeMounts: [
        ...mounts('wal', 'backups', 'drill'),
        { name: 'data', mountPath: places.data, readOnly: true },
        TEMPORARY,
      ],
      // Nobody answers until there is a schema: so long it may take, and longer it does no harm.
      livenessProbe: {
        httpGet: { path: probes.live, port: 'internal' },
        timeoutSeconds: 2,
        periodSeconds: 30,
        failureThreshold: 20,
      },
    },
  ];
}

const TEMPORARY = { name: 'scratch', mountPath: '/tmp' } as const;

function common(
  name: keyof typeof sidecars,
): Pick<Container, 'name' | 'restartPolicy' | 'resources' | 'securityContext'> {
  const { cpu, memory } = besideSizes[name];
  return {
    name: sidecars[name],
    restartPolicy: 'Always',
    resources: {
      requests: { cpu: `${cpu}m`, memory: `${memory}Mi`, 'ephemeral-storage': '64Mi' },
      limits: { memory: `${memory}Mi`, 'ephemeral-storage': '256Mi' },
    },
    securityContext: locked,
  };
}

const mounts = (...names: readonly (keyof typeof places)[]) => names.map((name) => ({ name, mountPath: places[name] }));
