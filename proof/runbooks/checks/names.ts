import { variables } from '../../../backend/settings.ts';
import type { Page } from '../../../runbooks/page/page.ts';
import { at, type Finding, type World } from '../world.ts';
import { kubernetes } from './kubernetes.ts';
import { pulumi } from './pulumi.ts';
import { shellBlocks } from './shell.ts';
import { type Command, commandsOf } from './words.ts';

/** Everything that a command names is there: objects of Kubernetes, things in the cloud, npm scripts and their options. */
export function names(world: World): Finding[] {
  return world.pages.flatMap((page) =>
    shellBlocks(page)
      .flatMap((block) =>
        commandsOf(block.text, block.line).flatMap((command) =>
          wrongIn(command, block.text, world).map((what) => at(page, command.line, what)),
        ),
      )
      .concat(cloudNames(page, world)),
  );
}

/** Programs that a page may use: those of a shell, and those that whoever is on call has. */
const known = new Set(
  'date true mv rm kubectl gcloud npm npx node curl grep sed sleep test echo printf kill cat head tail sort uniq tr cut wait read for done env git amtool redis-cli redis-server'.split(
    ' ',
  ),
);

/** `local` is the text in which functions of the page's own may stand. */
function wrongIn(command: Command, local: string, world: World): string[] {
  const [program = '', ...rest] = command.words;
  if (!known.has(program) && !local.includes(`${program}() {`)) return [`${program} is no program that a page may use`];
  if (program === 'kubectl') return kubernetes(rest, world);
  if (program === 'npm') return script(rest, world);
  return program === 'npx' ? [`npx ${rest[0]} is not used on pages`] : [];
}

function script(words: readonly string[], { scripts, inventory }: World): string[] {
  if (words[0] !== 'run' && words[0] !== 'start' && words[0] !== 'ci' && words[0] !== 'test')
    return [`npm ${words[0]} is not used on pages`];
  const plain = words.filter((word) => word !== '--silent' && word !== '-s');
  const name = plain[0] === 'run' ? (plain[1] ?? '') : (plain[0] ?? '');
  if (name === 'ci') return [];
  const after = words.includes('--') ? words.slice(words.indexOf('--') + 1) : [];
  // The program of that name, with the Node of this repository before others.
  if (name === 'pulumi') return pulumi(after);
  // What stands behind a task are its own options.
  const options = scripts.get(name === 'task' ? (after[0] ?? '') : name);
  if (options === undefined) return [`there is no npm script ${name}`];
  const unknown = after
    .filter((word) => /^--[a-z]/.test(word))
    .map((word) => word.replace(/=.*$/, ''))
    .filter((option) => !options.has(option))
    .map((option) => `npm run ${name} has no option ${option}`);
  return name === 'sql' ? [...unknown, ...noWay(after, inventory)] : unknown;
}

/** Who is asked for the way to the database has one: a role of its own in the cluster, which reads where that is. */
function noWay(words: readonly string[], { objects }: World['inventory']): string[] {
  const readers = variables.DATABASE_URL.readers.filter((reader) => objects.get('deployment')?.has(reader));
  return words
    .filter((word, index) => words[index - 1] === '--through' && !word.startsWith('$'))
    .filter((role) => !readers.some((reader) => reader === role))
    .map((role) => `--through is ${role}, expected one of ${readers.join(', ')}`);
}

const NAME = /(?<![\w/.-])(?:heliograph|hg)(?:-[a-z0-9]+)+(?:-\$\{?PROJECT\}?)?/g;

/** Whatever is called as ours are in the cloud; not what is given a new name, which ends with the moment. */
function cloudNames(page: Page, { inventory }: World): Finding[] {
  return shellBlocks(page)
    .filter(({ kind }) => kind === 'sh')
    .flatMap(({ line, text }) =>
      [...text.replaceAll(/\b(?:heliograph|hg)-[a-z0-9-]+-\$\(date [^)]*\)/g, '').matchAll(NAME)]
        .map(([name]) => name.replace(/-\$\{PROJECT\}/, '-$PROJECT'))
        .filter((name) => !inventory.cloud.has(name) && !inventory.cloud.has(name.replace('-dr', '-production')))
        .map((name) => at(page, line, `nothing is called ${name} in the cloud`)),
    );
}
