import { readFile } from 'node:fs/promises';
import { namespaces } from '../../../infra/names.ts';

/** What stack production consists of, and what a stack without Google has besides, by the texts that are reviewed with every change of them. */
export type Inventory = {
  /** Names of objects of Kubernetes, by kind in lower case: `deployment` has `api`. */
  readonly objects: ReadonlyMap<string, ReadonlySet<string>>;
  /** Containers of pods. */
  readonly containers: ReadonlySet<string>;
  /** Variables of containers, and keys of secrets. */
  readonly variables: ReadonlySet<string>;
  /** Names in Google Cloud: all begin alike. */
  readonly cloud: ReadonlySet<string>;
  readonly namespaces: ReadonlySet<string>;
};

/** The project of the reviewed text stands at the end of names that are unique in the world. */
const PROJECT = 'acme-signals';

export async function readInventory(production: string, local: string): Promise<Inventory> {
  const text = `${await readFile(production, 'utf8')}\n${added(await readFile(local, 'utf8'))}`;
  const objects = new Map<string, Set<string>>();
  for (const part of text.split(/\n(?=\S)/)) {
    const [, kind] = /^kubernetes:[^:]+:(\w+) /.exec(part) ?? [];
    const [, name] = /\n {2}metadata[.]name "([^"]+)"/.exec(part) ?? [];
    if (kind === undefined || name === undefined) continue;
    const names = objects.get(kind.toLowerCase()) ?? new Set();
    objects.set(kind.toLowerCase(), names.add(name));
  }
  // A role is scaled by KEDA, or by what Kubernetes has itself where that is not: it is the same thing under two names.
  const scaled = new Set([...(objects.get('scaledobject') ?? []), ...(objects.get('horizontalpodautoscaler') ?? [])]);
  objects.set('scaledobject', scaled);
  const quoted = [...text.matchAll(/"([^"]*)"/g)].map(([, value]) => value ?? '');
  const cloud = quoted.filter((value) => /^(heliograph|hg)-[a-z0-9-]+$/.test(value));
  return {
    objects,
    containers: valuesOf(text, /spec[.](?:initContainers|containers)\[\d+\][.]name "([^"]+)"/g),
    variables: valuesOf(text, /env\[\d+\][.]name "([^"]+)"/g),
    cloud: new Set([...cloud, ...cloud.map((name) => name.replace(`-${PROJECT}`, '-$PROJECT'))]),
    namespaces: new Set([...Object.values(namespaces), 'gmp-system']),
  };
}

/** What a text of differences has and the other one has not, as it stands in a text of its own. */
function added(differences: string): string {
  const parts = differences.split(/\n(?=\S)/).filter((part) => part.startsWith('+ '));
  return parts.map((part) => part.replaceAll(/^(?: {4})?[+] /gm, (sign) => (sign === '+ ' ? '' : '  '))).join('\n');
}

function valuesOf(text: string, pattern: RegExp): Set<string> {
  return new Set([...text.matchAll(pattern)].map(([, value]) => value ?? ''));
}
