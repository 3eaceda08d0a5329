import { parseArgs } from 'node:util';
import { staticFindings } from './static.ts';
import { verifyCases } from './verify/cases.ts';
import { verify } from './verify/promtool.ts';
import { readWorld, type World } from './world.ts';

const HELP = `Checks the pages of runbooks/: that every alert has one and the reverse, their heads and length, that what their commands name is there, and
that the queries under Over when say "healthy" of a healthy system and "unhealthy" in the incident (promtool, on the series of the alerts' own tests).

Usage: npm run runbooks:check -- [options]

  --static  only what needs nothing but the repository
  --help    this text

What needs a program that is missing is told as "not run". Exit code: 0 all held, 1 something did not hold, 2 a wrong argument.`;

const options = { help: { type: 'boolean' }, static: { type: 'boolean' } } as const;

type Write = (line: string) => void;
/** What was checked, what did not hold; a text: why it was not run. */
type Result = { readonly name: string; readonly done: string; readonly findings: readonly string[] | string };

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<0 | 1 | 2> {
  const values = read(args, write);
  if (values === null) return 2;
  if (values.help) {
    write(HELP);
    return 0;
  }
  const world = await readWorld();
  let failed = 0;
  for (const part of values.static ? [static_] : [static_, overWhen]) {
    const { name, done, findings } = await part(world);
    if (typeof findings === 'string') {
      write(`not run: ${name}: ${findings}`);
      continue;
    }
    for (const finding of findings) write(finding);
    write(`${findings.length === 0 ? 'passed' : 'failed'}  ${name}: ${done}, ${findings.length} findings`);
    failed += findings.length;
  }
  write(failed === 0 ? 'all held' : `${failed} did not hold`);
  return failed === 0 ? 0 : 1;
}

function read(args: string[], write: Write) {
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return null;
  }
}

async function static_(world: World): Promise<Result> {
  const blocks = world.pages.reduce((sum, page) => sum + page.blocks.length, 0);
  const drills = world.pages.filter((page) => page.blocks.some(({ kind }) => kind === 'sh drill')).length;
  const done = `${world.pages.length} pages, ${blocks} blocks; ${drills} pages have a drill, ${world.pages.length - drills} have none`;
  return { name: 'pages', done, findings: await staticFindings(world) };
}

async function overWhen(world: World): Promise<Result> {
  const cases = verifyCases(world);
  const done = `${cases.length} queries in their stories`;
  return {
    name: 'queries',
    done,
    findings: (await verify(cases)) ?? 'promtool is missing (apt-get install prometheus)',
  };
}
