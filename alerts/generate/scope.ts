import { google } from '../foreign/google.ts';
import { kubernetes } from '../foreign/kubernetes.ts';
import { prometheus } from '../foreign/prometheus.ts';
import type { Node } from '../promql/index.ts';

/** How much of what Managed Prometheus holds a rule looks at: our namespace, the cluster, or all of the project. */
export type Scope = 'service' | 'cluster' | 'project';

const { up, ...monitoring } = prometheus;
const namesOf = (families: Readonly<Record<string, { readonly name: string }>>): Set<string> =>
  new Set(Object.values(families).map(({ name }) => name));
const ofProject = namesOf(google);
const ofCluster = namesOf({ ...kubernetes, ...monitoring });

export function scopeOf(expr: Node): Scope {
  const names = selected(expr);
  if (names.some((name) => ofProject.has(name))) return 'project';
  return names.some((name) => ofCluster.has(name)) ? 'cluster' : 'service';
}

function selected(node: Node): string[] {
  switch (node.kind) {
    case 'number':
      return [];
    case 'select':
      return [node.metric];
    case 'call':
      return node.of.flatMap(selected);
    case 'aggregate':
      return selected(node.of);
    case 'binary':
      return [...selected(node.left), ...selected(node.right)];
  }
}
