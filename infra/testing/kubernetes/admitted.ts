import type { KubernetesObject } from './client.ts';
import { nameOf } from './observe.ts';
import type { Scene } from './scene.ts';

/** What pods name and nobody makes: they would wait for it for ever, which no API server says. */
export function danglingReferences({ objects }: Pick<Scene, 'objects'>, byHand: readonly string[] = []): string[] {
  const made = new Set([...byHand, ...objects.flatMap((object) => [keyOf(object), ...madeOf(object)])]);
  return objects.flatMap((object) =>
    referencesOf(object)
      .filter((reference) => !made.has(reference))
      .map((reference) => `${nameOf(object)} needs ${reference}, which nothing makes`),
  );
}

type Named = { readonly name?: string };
type Source = { readonly secretKeyRef?: Named; readonly configMapKeyRef?: Named };
type Container = {
  readonly env?: readonly { readonly valueFrom?: Source }[];
  readonly envFrom?: readonly { readonly secretRef?: Named; readonly configMapRef?: Named }[];
};
type Projected = { readonly secret?: Named; readonly configMap?: Named };
type Volume = {
  readonly configMap?: Named;
  readonly secret?: { readonly secretName?: string };
  readonly persistentVolumeClaim?: { readonly claimName?: string };
  readonly projected?: { readonly sources?: readonly Projected[] };
  readonly csi?: { readonly driver: string; readonly volumeAttributes?: { readonly secretProviderClass?: string } };
};
export type PodSpec = {
  readonly serviceAccountName?: string;
  readonly priorityClassName?: string;
  readonly containers: readonly Container[];
  readonly initContainers?: readonly Container[];
  readonly volumes?: readonly Volume[];
};

/** The pods that an object makes: a Deployment and its like, a Job, a CronJob. */
export function podSpecOf(object: KubernetesObject): PodSpec | undefined {
  type Template = { readonly template?: { readonly spec: PodSpec } };
  const spec = object['spec'] as (Template & { readonly jobTemplate?: { readonly spec: Template } }) | undefined;
  if (object.kind === 'Pod') return object['spec'] as PodSpec;
  if (object.kind === 'CronJob') return spec?.jobTemplate?.spec.template?.spec;
  return ['Deployment', 'StatefulSet', 'DaemonSet', 'Job'].includes(object.kind) ? spec?.template?.spec : undefined;
}

function referencesOf(object: KubernetesObject): string[] {
  const spec = podSpecOf(object);
  if (spec === undefined) return [];
  const inside = object.metadata.namespace ?? 'default';
  const containers = [...spec.containers, ...(spec.initContainers ?? [])];
  const names = [
    ['ServiceAccount', spec.serviceAccountName],
    ...containers.flatMap(ofContainer),
    ...(spec.volumes ?? []).flatMap(ofVolume),
  ] as const;
  const own = names.flatMap(([kind, name]) => (name === undefined ? [] : [`${kind} ${inside}/${name}`]));
  return [...own, ...(isOwnPriority(spec.priorityClassName) ? [`PriorityClass ${spec.priorityClassName}`] : [])];
}

const isOwnPriority = (name: string | undefined) => name !== undefined && !name.startsWith('system-');

function ofContainer({ env = [], envFrom = [] }: Container): [string, string | undefined][] {
  return [
    ...env.flatMap(({ valueFrom }): [string, string | undefined][] => [
      ['Secret', valueFrom?.secretKeyRef?.name],
      ['ConfigMap', valueFrom?.configMapKeyRef?.name],
    ]),
    ...envFrom.flatMap(({ secretRef, configMapRef }): [string, string | undefined][] => [
      ['Secret', secretRef?.name],
      ['ConfigMap', configMapRef?.name],
    ]),
  ];
}

function ofVolume({
  configMap,
  secret,
  persistentVolumeClaim,
  projected,
  csi,
}: Volume): [string, string | undefined][] {
  return [
    ['ConfigMap', configMap?.name],
    ['Secret', secret?.secretName],
    ['PersistentVolumeClaim', persistentVolumeClaim?.claimName],
    ['SecretProviderClass', csi?.volumeAttributes?.secretProviderClass],
    ...(projected?.sources ?? []).flatMap((source): [string, string | undefined][] => [
      ['ConfigMap', source.configMap?.name],
      ['Secret', source.secret?.name],
    ]),
  ];
}

/** GKE makes a Secret of the same name out of each SecretSync; the operator of KEDA makes its own certificate. */
function madeOf(object: KubernetesObject): string[] {
  if (object.kind === 'SecretSync') return [keyOf({ ...object, kind: 'Secret' })];
  const { namespace, name } = object.metadata;
  return object.kind === 'Deployment' && name === 'keda-operator' ? [`Secret ${namespace}/kedaorg-certs`] : [];
}

const keyOf = nameOf;
