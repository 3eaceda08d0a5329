import { readFileSync } from 'node:fs';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { FILE } from '../../kubernetes/keda/definitions.ts';
import { namespaces } from '../../names.ts';
import { localSteps } from '../../next-steps.ts';
import { onGoogle, runStack, stackNames } from '../stacks.ts';
import { danglingReferences } from './admitted.ts';
import { type ControlPlane, type Programs, startControlPlane } from './control-plane.ts';
import { bringSurroundings, installDefinitions } from './definitions.ts';
import { playDisks } from './disks.ts';
import { drainZone, evictTwice, loseZone } from './disruption.ts';
import { definitionsOfModule } from './keda-definitions.ts';
import { zonesOf } from './nodes.ts';
import { find, moduleFolder, onPath, programNames } from './programs.ts';
import { tryBad } from './refused.ts';
import { failedRollOut, rollBack, rollOut } from './roll-out.ts';
import { deploy, makeNodes, needsAnswers, remove, type Scene, sceneOf, settle } from './scene.ts';
import { complaints, unevenlySpread } from './spread.ts';
import { LAST_CHECK, Tally } from './tally.ts';

const HELP = `Applies what every stack has of Kubernetes to a real API server whose nodes are played, in three zones: everything must be admitted, bad
things refused, pods scheduled and spread; then production is drained, loses a zone, and is rolled out, out wrongly, and back.

Usage: npm run infra:level1 -- [options]

  --stack NAME  only this stack; may be given again
  --help        this text

It needs etcd, kube-apiserver, kube-controller-manager, kube-scheduler, kubectl and kwok in KUBEBUILDER_ASSETS, on the PATH, or built by
npm run infra:tools; and Go, which keeps the definitions of kinds. Exit code: 0 all held, or not run because one is missing; 1 something did not hold.`;

const options = {
  help: { type: 'boolean' },
  stack: { type: 'string', multiple: true },
} as const satisfies ParseArgsConfig['options'];

type Write = (line: string) => void;

/** Begun first, so that it does not end last by itself: two stacks are tried at a time. */
const LONGEST = 'production';

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<0 | 1> {
  const { values } = parseArgs({ args, options });
  if (values.help) {
    write(HELP);
    return 0;
  }
  const missing = missingPrograms();
  if (missing !== null) {
    write(`not run: ${missing} is missing`);
    return 0;
  }
  const tally = new Tally(write);
  const wanted = [...(values.stack ?? stackNames)].sort((a, b) => Number(b === LONGEST) - Number(a === LONGEST));
  const next = async (): Promise<void> => {
    for (let stack = wanted.shift(); stack !== undefined; stack = wanted.shift()) await tryStack(stack, tally);
  };
  await Promise.all([next(), next()]);
  write(`${tally.passed} passed, ${tally.failed} failed`);
  return tally.failed === 0 ? 0 : 1;
}

/** Why level 1 cannot run; null when it can. */
export function missingPrograms(): string | null {
  return programNames.find((program) => find(program) === null) ?? (onPath('go') === null ? 'go' : null);
}

/** A stack that could not be tried to its end is one that failed, and no reason to try no other. */
async function tryStack(stack: string, tally: Tally): Promise<void> {
  try {
    await levelOne(stack, tally);
  } catch (error) {
    await tally.check(stack, 'it was tried to its end', () => [error instanceof Error ? error.message : String(error)]);
  }
}

async function levelOne(stack: string, tally: Tally): Promise<void> {
  const { resources } = await runStack(stack);
  await using plane = await start(zonesOf(resources));
  await installDefinitions(plane.client);
  await bringSurroundings(plane.client);
  const scene = sceneOf(plane, stack, resources);
  await using _disks = playDisks(plane.client, scene.zones);
  const nodes = await makeNodes(scene, resources);
  await tally.check(stack, 'the kinds of KEDA are those of its module', () =>
    definitionsOfModule() === readFileSync(FILE, 'utf8') ? [] : [`${FILE} is another: npm run infra:definitions`],
  );
  const { length } = scene.objects;
  await tally.check(stack, `all ${length} objects are admitted`, () => deploy(scene));
  await tally.check(stack, 'everything that pods name is there', () =>
    danglingReferences(scene, operatorsSecrets(stack)),
  );
  await tally.check(stack, `every pod runs, on ${nodes} nodes`, () => settle(scene).then(() => []));
  await tally.check(stack, 'pods are spread over the zones', () => unevenlySpread(scene));
  await tally.check(stack, 'the same again changes nothing', () => again(scene));
  if (stack === 'production') await disturb(scene, tally);
  await tally.check(stack, 'no controller complained', () => complaints(plane.client));
  await tally.check(stack, LAST_CHECK, () => remove(scene));
}

/** What happens to a service that runs. */
async function disturb(scene: Scene, tally: Tally): Promise<void> {
  const { stack } = scene;
  const kubectl = find('kubectl') ?? '';
  await tally.check(stack, 'bad objects are refused', async () => (await tryBad(scene)).problems);
  await tally.check(stack, 'a second pod is not evicted before the first is replaced', () => evictTwice(scene));
  await tally.check(stack, 'a zone is drained within all budgets', () => drainZone(scene, kubectl));
  await tally.check(stack, 'a lost zone is made up for in the others', () => loseZone(scene));
  await tally.check(stack, 'a roll-out keeps every pod count', () => rollOut(scene));
  await tally.check(stack, 'a roll-out that fails takes nothing away', () => failedRollOut(scene));
  await tally.check(stack, 'a roll-back comes back to what was', () => rollBack(scene));
}

/** Applies everything once more. Gives what another owner holds, or what came out different. */
async function again({ client, objects }: Scene): Promise<string[]> {
  const problems: string[] = [];
  for (const object of objects.filter(({ kind }) => !needsAnswers.includes(kind))) {
    const path = await client.pathOf(object);
    const generation = async () => (await client.get<{ metadata: { generation?: number } }>(path)).metadata.generation;
    const before = await generation();
    await client.apply(object);
    const after = await generation();
    if (before !== after) problems.push(`${object.kind} ${object.metadata.name} is changed by what it was made of`);
  }
  return problems;
}

/** What an operator is told to make by hand. */
function operatorsSecrets(stack: string): string[] {
  if (onGoogle(stack)) return [];
  const steps = localSteps({ image: undefined, images: {}, context: undefined }).join('\n');
  return [...steps.matchAll(/create secret generic (\S+)/g)].map(([, name]) => `Secret ${namespaces.service}/${name}`);
}

function start(zones: readonly string[]): Promise<ControlPlane> {
  const programs = Object.fromEntries(programNames.map((name) => [name, find(name)])) as Programs;
  return startControlPlane({ programs, kwok: moduleFolder('kwok', 'sigs.k8s.io/kwok') ?? '', zones });
}
