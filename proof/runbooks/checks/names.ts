import type { Page } from '../../../runbooks/page/page.ts';
import { at, type Finding, type World } from '../world.ts';
import { pulumi } from './pulumi.ts';
import { shellBlocks } from './shell.ts';
import { type Command, commandsOf } from './words.ts';

/** Everything that a command names is there: objects of Kubernetes, things in the cloud, npm scripts and their options. */
export function names(world: World): Finding[] {
  return world.pages.flatMap((page) =>
    shellBlocks(page)
      .flatMap((block) =>
        commandsOf(block.text, block.line).flatMap((command) =>
          wrongIn(command, world).map((what) => at(page, command.line, what)),
        ),
      )
      .concat(cloudNames(page, world)),
  );
}

const known = [
  'kubectl',
  'gcloud',
  'npm',
  'npx',
  'node',
  'curl',
  'grep',
  'sed',
  'jq',
  'sleep',
  'test',
  'echo',
  'printf',
  'kill',
  'export',
  'cat',
  'head',
  'tail',
  'sort',
  'redis-cli',
  'redis-server',
  'git',
  'done',
  'fi',
  'for',
  'read',
  'openssl',
  'true',
  'false',
  'exit',
  'rm',
  'mkdir',
  'cut',
  'wait',
  'tr',
  'dig',
  'pulumi',
  'amtool',
  'cmp',
  'cp',
  'wc',
  'date',
  'ls',
  'touch',
  'nohup',
  '[',
  'cd',
  'docker',
];

function wrongIn(command: Command, world: World): string[] {
  const [program = '', ...rest] = command.words;
  if (!known.includes(program)) return [`${program} is no program that a page may use`];
  if (program === 'kubectl') return kubernetes(rest, world);
  if (program === 'npm') return script(rest, world);
  if (program === 'npx') return rest[0] === 'pulumi' ? pulumi(rest.slice(1)) : [`npx ${rest[0]} is not used on pages`];
  return [];
}

/** Short names of kubectl, and those with a group. */
const KINDS: Readonly<Record<string, string>> = {
  deploy: 'deployment',
  deployments: 'deployment',
  hpa: 'horizontalpodautoscaler',
  pdb: 'poddisruptionbudget',
  svc: 'service',
  services: 'service',
  jobs: 'job',
  secrets: 'secret',
  networkpolicies: 'networkpolicy',
  netpol: 'networkpolicy',
  gateways: 'gateway',
  httproutes: 'httproute',
  secretsyncs: 'secretsync',
  quota: 'resourcequota',
  ns: 'namespace',
  sa: 'serviceaccount',
};
/** Not made by the program: they come and go, or Google makes them. */
const PASSING = new Set([
  'pod',
  'pods',
  'po',
  'node',
  'nodes',
  'no',
  'events',
  'event',
  'replicasets',
  'rs',
  'all',
  'endpointslices',
]);
const VALUE_FLAGS = [
  '-n',
  '--namespace',
  '-o',
  '--output',
  '-l',
  '--selector',
  '-c',
  '--container',
  '--field-selector',
  '-L',
  '--sort-by',
  '--tail',
  '--since',
  '--timeout',
  '--replicas',
  '--type',
  '-p',
  '--patch',
  '--from',
  '--for',
  '--grace-period',
];
const VERBS = [
  'get',
  'describe',
  'logs',
  'delete',
  'scale',
  'rollout',
  'exec',
  'top',
  'cordon',
  'uncordon',
  'drain',
  'annotate',
  'label',
  'set',
  'patch',
  'create',
  'port-forward',
  'wait',
  'autoscale',
  'config',
  'api-resources',
  'auth',
  'debug',
];

function kubernetes(words: readonly string[], { inventory }: World): string[] {
  const values = (flags: readonly string[]) => words.filter((_, index) => flags.includes(words[index - 1] ?? ''));
  const plain = words.filter((word, index) => !word.startsWith('-') && !VALUE_FLAGS.includes(words[index - 1] ?? ''));
  const [verb = '', ...objects] = plain;
  const cut = words.includes('--')
    ? plain.slice(0, plain.indexOf(words[words.indexOf('--') + 1] ?? '')).slice(1)
    : objects;
  return [
    ...(VERBS.includes(verb) ? [] : [`kubectl ${verb} is not used on pages`]),
    ...values(['-n', '--namespace'])
      .filter((name) => !inventory.namespaces.has(name))
      .map((name) => `there is no namespace ${name}`),
    ...values(['-c', '--container'])
      .filter((name) => !inventory.containers.has(name) && !name.startsWith('$'))
      .map((name) => `no pod has a container ${name}`),
    ...referred(cut).flatMap(([kind, name]) => missing(kind, name, inventory)),
  ];
}

/** `deployment/api`, and `deployment api`. */
function referred(words: readonly string[]): [kind: string, name: string][] {
  const pairs: [string, string][] = [];
  for (const [index, word] of words.entries()) {
    const [kind = '', name] = word.split('/');
    if (name !== undefined) pairs.push([kind, name]);
    else if (isKind(word))
      for (const next of words.slice(index + 1).filter((one) => !one.includes('/') && !isKind(one)))
        pairs.push([word, next]);
  }
  return pairs;
}

const SINGULAR = (kind: string): string => KINDS[kind] ?? kind.replace(/[.].*$/, '');
const isKind = (word: string): boolean =>
  word in KINDS ||
  PASSING.has(word) ||
  /^(deployment|horizontalpodautoscaler|poddisruptionbudget|service|job|gateway|httproute|secretsync|secretproviderclass|resourcequota|networkpolicy|podmonitoring|rules|serviceaccount|secret)s?$/.test(
    word,
  );

function missing(kind: string, name: string, inventory: World['inventory']): string[] {
  if (PASSING.has(kind) || name.startsWith('$') || name === '') return [];
  if (kind === 'secret' || kind === 'secrets')
    return inventory.objects.get('secretsync')?.has(name) ? [] : [`there is no secret ${name}`];
  const all = inventory.objects.get(SINGULAR(kind)) ?? inventory.objects.get(SINGULAR(kind).replace(/s$/, ''));
  if (all === undefined) return [`there is no kind ${kind}`];
  return all.has(name) ? [] : [`there is no ${SINGULAR(kind)} ${name}`];
}

function script(words: readonly string[], { scripts }: World): string[] {
  if (words[0] !== 'run' && words[0] !== 'start' && words[0] !== 'ci' && words[0] !== 'test')
    return [`npm ${words[0]} is not used on pages`];
  const plain = words.filter((word) => word !== '--silent' && word !== '-s');
  const name = plain[0] === 'run' ? (plain[1] ?? '') : (plain[0] ?? '');
  if (name === 'ci') return [];
  const options = scripts.get(name);
  if (options === undefined) return [`there is no npm script ${name}`];
  const after = words.includes('--') ? words.slice(words.indexOf('--') + 1) : [];
  return after
    .filter((word) => /^--[a-z]/.test(word))
    .map((word) => word.replace(/=.*$/, ''))
    .filter((option) => !options.has(option))
    .map((option) => `npm run ${name} has no option ${option}`);
}

/** Whatever is called as ours are in the cloud. */
function cloudNames(page: Page, { inventory }: World): Finding[] {
  return shellBlocks(page)
    .filter(({ kind }) => kind === 'sh')
    .flatMap(({ line, text }) =>
      [...text.matchAll(/\b(?:heliograph|hg)-[a-z0-9-]+(?:-\$\{?PROJECT\}?)?/g)]
        .map(([name]) => name.replace(/-\$\{PROJECT\}/, '-$PROJECT').replace(/-$/, ''))
        .filter((name) => !inventory.cloud.has(name) && !inventory.cloud.has(name.replace('-dr', '-production')))
        .map((name) => at(page, line, `nothing is called ${name} in the cloud`)),
    );
}
