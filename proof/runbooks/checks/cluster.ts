import { execFile } from 'node:child_process';
import { deployed } from '../../../infra/kubernetes/roles.ts';
import { startControlPlane } from '../../../infra/testing/kubernetes/control-plane.ts';
import { installDefinitions } from '../../../infra/testing/kubernetes/definitions.ts';
import { zonesOf } from '../../../infra/testing/kubernetes/nodes.ts';
import { find, moduleFolder, programs } from '../../../infra/testing/kubernetes/programs.ts';
import { missingPrograms } from '../../../infra/testing/kubernetes/run.ts';
import { deploy, makeNodes, sceneOf, settle } from '../../../infra/testing/kubernetes/scene.ts';
import { runStack } from '../../../infra/testing/stacks.ts';
import { at, type Finding, type World } from '../world.ts';
import { withSamples } from './samples.ts';
import { shellBlocks } from './shell.ts';
import { commandsOf } from './words.ts';

type Checked = { readonly carriedOut: number; readonly read: number; readonly findings: Finding[] };

/** They change something and can be asked what they would do. */
const DRY = ['delete', 'scale', 'patch', 'cordon', 'uncordon', 'drain', 'set env', 'rollout undo'];
/** They look, and what they look at is there. */
const LOOKS = ['get', 'describe', 'rollout status', 'rollout history'];
/** What the played cluster has not: whoever Google runs, and what it copies. */
const AWAY = /gmp-system|observability|--raw|secret alpaca|job\/new-epoch/;

/**
 * Every command of kubectl against stack production on a real API server whose nodes are played: what changes something by
 * `--dry-run=server`, what looks as it is; what needs a node that is real is only read by kubectl. A text: what is missing.
 */
export async function clusterCommands({ pages }: World): Promise<Checked | string> {
  const missing = missingPrograms();
  if (missing !== null) return `${missing} is missing`;
  const { resources } = await runStack('production');
  const found = Object.fromEntries(
    Object.keys(programs).map((name) => [name, find(name as keyof typeof programs) ?? '']),
  );
  await using plane = await startControlPlane({
    programs: found as Record<keyof typeof programs, string>,
    kwok: moduleFolder('kwok', 'sigs.k8s.io/kwok') ?? '',
    zones: zonesOf(resources),
  });
  await installDefinitions(plane.client);
  const scene = sceneOf(plane, 'production', resources);
  await makeNodes(scene, resources);
  await deploy(scene);
  await settle(scene);
  const kubectl = (args: readonly string[]) => run(found['kubectl'] ?? '', args, plane.kubeconfig);
  // So that there is a release to go back to.
  for (const role of deployed) await kubectl(['-n', 'heliograph', 'patch', 'deployment', role, '--patch', SECOND]);
  await settle(scene);
  const sample = {
    POD: await nameOf(kubectl, ['-n', 'heliograph', 'get', 'pods', '-l', 'app.kubernetes.io/component=api']),
    NODE: await nameOf(kubectl, ['get', 'nodes']),
  };
  const commands = pages.flatMap((page) =>
    shellBlocks(page)
      .flatMap((block) => commandsOf(block.text, block.line))
      .filter(({ words: [program] }) => program === 'kubectl')
      .map(({ line, words }) => ({ page, line, args: words.slice(1).map((word) => withSamples(word, sample)) })),
  );
  const findings: Finding[] = [];
  let carriedOut = 0;
  for (const { page, line, args } of commands) {
    const how = manner(args);
    carriedOut += how === 'read' ? 0 : 1;
    const { fault } = await kubectl(asked(args, how));
    if (fault !== null) findings.push(at(page, line, `kubectl ${args.join(' ')}: ${fault}`));
  }
  return { carriedOut, read: commands.length - carriedOut, findings };
}

const SECOND = '{"spec":{"template":{"metadata":{"annotations":{"release":"second"}}}}}';

type Manner = 'dry' | 'look' | 'read';

function manner(args: readonly string[]): Manner {
  const plain = args.filter((word, index) => !word.startsWith('-') && !/^(-n|-l)$/.test(args[index - 1] ?? ''));
  const verb = plain.slice(0, 2).join(' ');
  if (AWAY.test(args.join(' '))) return 'read';
  const is = (verbs: readonly string[]) => verbs.some((one) => `${verb} `.startsWith(`${one} `));
  if (is(DRY)) return 'dry';
  return is(LOOKS) ? 'look' : 'read';
}

/** With --help at its end a command is read with all of its flags, and not carried out. */
function asked(args: readonly string[], how: Manner): readonly string[] {
  const end = args.includes('--') ? args.indexOf('--') : args.length;
  if (how === 'look') return args;
  return [...args.slice(0, end), how === 'dry' ? '--dry-run=server' : '--help'];
}

type Said = { readonly fault: string | null; readonly output: string };

/** The name of the first object that is listed. */
async function nameOf(kubectl: (args: readonly string[]) => Promise<Said>, args: readonly string[]): Promise<string> {
  return (await kubectl([...args, '-o', 'jsonpath={.items[0].metadata.name}'])).output;
}

function run(program: string, args: readonly string[], kubeconfig: string): Promise<Said> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return new Promise((resolve) => {
    execFile(program, args, { env, timeout: 60_000 }, (error, output, stderr) =>
      resolve({ output, fault: error === null ? null : (stderr.trim().split('\n')[0] ?? error.message) }),
    );
  });
}
