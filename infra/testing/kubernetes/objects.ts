import type { Captured } from '../engine/captured.ts';
import { isObject, type Json, type JsonObject } from '../engine/values.ts';
import type { KubernetesObject } from './client.ts';

/** What a stack has of Kubernetes, as it is sent to an API server, in an order in which each comes after what it depends on. */
export function kubernetesObjects(resources: readonly Captured[]): KubernetesObject[] {
  return inWaves(resources).flat();
}

/**
 * The same in waves: objects of one depend on nothing but those of the waves before, so that they can be made all at once, and taken away all
 * at once when the waves after it are gone. So the engine does it.
 */
export function inWaves(resources: readonly Captured[]): KubernetesObject[][] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const waveOf = new Map<string, number>();
  // What is not of Kubernetes is as far as what it waits for.
  const visit = (resource: Captured): number => {
    const known = waveOf.get(resource.urn);
    if (known !== undefined) return known;
    const before = neededBy(resource).flatMap((urn) => byUrn.get(urn) ?? []);
    const wave = Math.max(-1, ...before.map(visit)) + (isKubernetes(resource) ? 1 : 0);
    waveOf.set(resource.urn, wave);
    return wave;
  };
  const waves: KubernetesObject[][] = [];
  for (const resource of resources.filter(isKubernetes)) {
    const wave = visit(resource);
    waves[wave] = [...(waves[wave] ?? []), asSent(resource)];
  }
  return waves;
}

/** A resource waits for its parent, and a parent for what that depends on. */
const neededBy = ({ options: { parent, dependsOn = [] }, inputDependencies }: Captured): string[] => [
  parent ?? '',
  ...dependsOn,
  ...Object.values(inputDependencies).flat(),
];

export const isKubernetes = ({ type }: Captured) => type.startsWith('kubernetes:');

/** An object as it is sent to an API server. */
export function asSent({ inputs }: Captured): KubernetesObject {
  return plain(inputs) as KubernetesObject;
}

/** Without the marks of secrets. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if ('secret' in value && Object.keys(value).length === 1) return plain(value['secret'] ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)])) as JsonObject;
}
