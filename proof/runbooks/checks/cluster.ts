import { execFile } from 'node:child_process';
import { deployed } from '../../../infra/kubernetes/roles.ts';
import { startControlPlane } from '../../../infra/testing/kubernetes/control-plane.ts';
import { bringSurroundings, installDefinitions } from '../../../infra/testing/kubernetes/definitions.ts';
import { playDisks } from '../../../infra/testing/kubernetes/disks.ts';
import { zonesOf } from '../../../infra/testing/kubernetes/nodes.ts';
import { find, moduleFolder, programs } from '../../../infra/testing/kubernetes/programs.ts';
import { missingPrograms } from '../../../infra/testing/kubernetes/run.ts';
import { deploy, makeNodes, sceneOf } from '../../../infra/testing/kubernetes/scene.ts';
import { runStack } from '../../../infra/testing/stacks.ts';
import { jobFor } from '../../../runbooks/task/job.ts';
import { at, type Finding, type World } from '../world.ts';
import { withSamples } from './samples.ts';
import { shellBlocks } from './shell.ts';
import { commandsOf } from './words.ts';

type Checked = { readonly carriedOut: number; readonly read: number; readonly findings: Finding[] };

/** They change something and can be asked what they would do. */
const DRY = ['delete', 'scale', 'patch', 'annotate', 'cordon', 'uncordon', 'drain', 'set env', 'rollout undo'];
/** They look, and what they look at is there. */
const LOOKS = ['get', 'describe', 'rollout status', 'rollout history'];
/** What the played cluster has not: whoever Google runs, what it copies, the Jobs of tasks (some: in place of a variable), and a database of its own. */
const AWAY =
  /gmp-system|observability|--raw|secret alpaca|job\/(new-epoch|restore|some)|statefulset\/database|database-0/;

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
  await bringSurroundings(plane.client);
  const scene = sceneOf(plane, 'production', resources);
  await using _disks = playDisks(plane.client, scene.zones);
  await makeNodes(scene, resources);
  const refused = await deploy(scene);
  const kubectl = (args: readonly string[], input?: string) =>
    run(found['kubectl'] ?? '', args, plane.kubeconfig, input);
  const whole = (role: string) =>
    kubectl(['-n', 'heliograph', 'rollout', 'status', `deployment/${role}`, '--timeout=3m']);
  for (const role of deployed) await whole(role);
  // So that there is a release to go back to.
  for (const role of deployed) await kubectl(['-n', 'heliograph', 'patch', 'deployment', role, '--patch', SECOND]);
  for (const role of deployed) await whole(role);
  const sample = {
    POD: await newestOf(kubectl, ['-n', 'heliograph', 'get', 'pods', '-l', 'app.kubernetes.io/component=api']),
    NODE: await newestOf(kubectl, ['get', 'nodes']),
  };
  const commands = pages.flatMap((page) =>
    shellBlocks(page)
      .flatMap((block) => commandsOf(block.text, block.line))
      .filter(({ words: [program] }) => program === 'kubectl')
      .map(({ line, words }) => ({ page, line, args: words.slice(1).map((word) => withSamples(word, sample)) })),
  );
  const findings: Finding[] = refused.map((problem) => `infra/ is not taken by the API server: ${problem}`);
  let carriedOut = 0;
  for (const { page, line, args } of commands) {
    const how = manner(args);
    carriedOut += how === 'read' ? 0 : 1;
    const { fault } = await kubectl(asked(args, how));
    if (fault !== null) findings.push(at(page, line, `kubectl ${args.join(' ')}: ${fault}`));
  }
  findings.push(...(await taskIsTaken(kubectl)));
  return { carriedOut, read: commands.length - carriedOut, findings };
}

const COMPONENT = 'app.kubernetes.io/component';
const LIMIT_MS = 4 * 60_000;
const MOST_BYTES = 64 * 1024 * 1024;
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

/** The Job that `npm run task` makes of the one that migrated is one that the cluster takes. */
async function taskIsTaken(kubectl: (args: readonly string[], input?: string) => Promise<Said>): Promise<Finding[]> {
  const { output } = await kubectl(['-n', 'heliograph', 'get', 'job', '-l', `${COMPONENT}=migrate`, '-o', 'json']);
  const job = jobFor('new-epoch', ['--restore', 'sample'], JSON.parse(output));
  const { fault } = await kubectl(['apply', '--dry-run=server', '-f', '-'], JSON.stringify(job));
  return fault === null ? [] : [`runbooks/task/job.ts the Job of a task is refused: ${fault}`];
}

type Said = { readonly fault: string | null; readonly output: string };

/** The name of the newest: an older one may be about to go. */
async function newestOf(kubectl: (args: readonly string[]) => Promise<Said>, args: readonly string[]): Promise<string> {
  const name = 'jsonpath={.items[-1:].metadata.name}';
  return (await kubectl([...args, '--sort-by=.metadata.creationTimestamp', '-o', name])).output;
}

function run(program: string, args: readonly string[], kubeconfig: string, input = ''): Promise<Said> {
  const env = { ...process.env, KUBECONFIG: kubeconfig };
  return new Promise((resolve) => {
    const child = execFile(program, args, { env, timeout: LIMIT_MS, maxBuffer: MOST_BYTES }, (error, output, stderr) =>
      resolve({ output, fault: error === null ? null : (stderr.trim().split('\n')[0] ?? error.message) }),
    );
    child.stdin?.end(input);
  });
}
