import { roles, tasks } from '../../../backend/roles.ts';
import { type Reader, variables } from '../../../backend/settings.ts';
import type { World } from '../world.ts';

const VERBS = new Set(
  'get describe logs delete scale rollout exec top cordon uncordon drain set patch annotate apply port-forward wait'.split(
    ' ',
  ),
);
/** Flags whose value is the next word. */
const VALUED = new Set(
  '-n --namespace -o --output -l --selector -c --container --field-selector -L --sort-by --tail --since --timeout --replicas --type --patch --for --grace-period --raw -f'.split(
    ' ',
  ),
);
/** Short names. */
const KINDS: Readonly<Record<string, string>> = {
  deploy: 'deployment',
  pdb: 'poddisruptionbudget',
  quota: 'resourcequota',
};
/** What somebody reads of what `kubectl annotate` writes: KEDA, of a role that it scales. */
const ANNOTATIONS = ['autoscaling.keda.sh/paused-replicas', 'autoscaling.keda.sh/paused'];
/** They come and go, or somebody else makes them. */
const PASSING = new Set(['pod', 'pods', 'node', 'nodes', 'events', 'secret', 'hpa']);

/** What Google runs for its managed Prometheus, in a namespace of its own. */
const google = { namespace: 'gmp-system', containers: ['prometheus'], objects: ['deployment/rule-evaluator'] };

/** What a command of kubectl names and is not there. */
export function kubernetes(words: readonly string[], { inventory }: World): string[] {
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const values = (...flags: string[]) => own.filter((_, index) => flags.includes(own[index - 1] ?? ''));
  const [verb = '', ...plain] = own.filter((word, index) => !word.startsWith('-') && !VALUED.has(own[index - 1] ?? ''));
  const isGoogle = values('-n', '--namespace').includes(google.namespace);
  const annotations = verb === 'annotate' ? plain.filter((word) => /=|-$/.test(word)) : [];
  const objects = plain.filter((word) => !annotations.includes(word));
  const containers = new Set([...inventory.containers, ...(isGoogle ? google.containers : [])]);
  return [
    ...(VERBS.has(verb) ? [] : [`kubectl ${verb} is not used on pages`]),
    ...values('-n', '--namespace')
      .filter((name) => !inventory.namespaces.has(name))
      .map((name) => `there is no namespace ${name}`),
    ...values('-c', '--container')
      .filter((name) => !containers.has(name))
      .map((name) => `no pod has a container ${name}`),
    ...values('-l', '--selector').flatMap((selector) => unselected(selector, inventory)),
    ...referred(objects, inventory)
      .filter((object) => !(isGoogle && google.objects.includes(object.join('/'))))
      .flatMap(([kind, name]) => missing(kind, name, inventory)),
    ...annotations
      .map((word) => word.replace(/=.*$|-$/s, ''))
      .filter((name) => !ANNOTATIONS.includes(name))
      .map((name) => `nobody reads the annotation ${name}`),
    ...(verb === 'set' && plain[0] === 'env' ? settings(plain.slice(1)) : []),
  ];
}

/** `deployment/api`, and `deployment api`. */
function referred(words: readonly string[], inventory: World['inventory']): [kind: string, name: string][] {
  return words.flatMap((word, index): [string, string][] => {
    const [kind = '', name] = word.split('/');
    if (name !== undefined) return [[kind, name]];
    const before = words[index - 1] ?? '';
    return isKind(before, inventory) && !before.includes('/') ? [[before, word]] : [];
  });
}

const kindOf = (word: string): string => KINDS[word] ?? word.replace(/s$/, '');

function isKind(word: string, { objects }: World['inventory']): boolean {
  return PASSING.has(word) || word in KINDS || objects.has(word) || objects.has(kindOf(word));
}

function missing(kind: string, name: string, { objects }: World['inventory']): string[] {
  if (name.startsWith('$')) return [];
  if (kind === 'secret') return objects.get('secretsync')?.has(name) ? [] : [`there is no secret ${name}`];
  if (PASSING.has(kind)) return [];
  const names = objects.get(kind) ?? objects.get(kindOf(kind));
  if (names === undefined) return [`there is no kind ${kind}`];
  // `npm run task` makes a Job that is called like the task; a role that not every stack has is a Deployment where it is.
  const isOurs =
    (kind === 'job' && name in tasks) || (kindOf(kind) === 'deployment' && name !== 'all' && name in roles);
  return names.has(name) || isOurs ? [] : [`there is no ${kindOf(kind)} ${name}`];
}

/** By the labels that our pods have; those of others are taken as they are. */
function unselected(selector: string, { objects }: World['inventory']): string[] {
  const [, component] = /^app[.]kubernetes[.]io\/component=(.+)$/.exec(selector) ?? [];
  if (component === undefined) return [];
  const ours = [...(objects.get('deployment') ?? []), ...Object.keys(tasks), 'alertmanager'];
  return ours.includes(component) ? [] : [`no pod is labelled ${component}`];
}

/** `kubectl set env deployment/api NAME=value OTHER-`: each role must read what it is told, and take the value. */
function settings(words: readonly string[]): string[] {
  const roles = words.flatMap((word) => (word.startsWith('deployment/') ? [word.slice('deployment/'.length)] : []));
  return words
    .filter((word) => !word.startsWith('deployment/'))
    .flatMap((word) => {
      const name = word.replace(/=.*$|-$/s, '');
      const readers: readonly Reader[] | undefined = Object.entries(variables).find(([one]) => one === name)?.[1]
        .readers;
      if (readers === undefined) return [`there is no setting ${name}`];
      return roles
        .filter((role) => !readers.some((reader) => reader === role))
        .map((role) => `role ${role} does not read ${name}`);
    });
}
