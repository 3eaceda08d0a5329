import type { Captured } from '../engine/captured.ts';
import { isObject, type Json, type JsonObject } from '../engine/values.ts';
import type { KubernetesObject } from './client.ts';

/** What a stack has of Kubernetes, as it is sent to an API server, in an order in which each comes after what it depends on. */
export function kubernetesObjects(resources: readonly Captured[]): KubernetesObject[] {
  const byUrn = new Map(resources.map((resource) => [resource.urn, resource]));
  const done = new Set<string>();
  const ordered: KubernetesObject[] = [];
  const visit = (resource: Captured): void => {
    if (done.has(resource.urn)) return;
    done.add(resource.urn);
    const { parent, dependsOn = [] } = resource.options;
    // A resource waits for its parent, and a parent for what that depends on.
    const before = [parent ?? '', ...dependsOn, ...Object.values(resource.inputDependencies).flat()];
    for (const urn of before) {
      const other = byUrn.get(urn);
      if (other) visit(other);
    }
    if (isKubernetes(resource)) ordered.push(plain(resource.inputs) as KubernetesObject);
  };
  for (const resource of resources) visit(resource);
  return ordered;
}

const isKubernetes = ({ type }: Captured) => type.startsWith('kubernetes:');

/** Without the marks of secrets. */
function plain(value: Json): Json {
  if (Array.isArray(value)) return value.map(plain);
  if (!isObject(value)) return value;
  if ('secret' in value && Object.keys(value).length === 1) return plain(value['secret'] ?? null);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)])) as JsonObject;
}
