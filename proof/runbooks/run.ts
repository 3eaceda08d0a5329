import { parseArgs } from 'node:util';
import { drillOf } from '../../runbooks/page/drill.ts';
import { clusterCommands } from './checks/cluster.ts';
import { cloudCommands } from './checks/gcloud.ts';
import { drills } from './drills/run.ts';
import { staticFindings } from './static.ts';
import { verifyCases } from './verify/cases.ts';
import { verify } from './verify/promtool.ts';
import { type Result, readWorld, type World } from './world.ts';

const HELP = `Checks the pages of runbooks/: that every alert has one and the reverse, their heads and length, that what their commands name is there, and
that the queries under Over when say "healthy" of a healthy system and "unhealthy" in the incident (promtool, on the series of the alerts' own
tests, and for procedures on those of proof/runbooks/verify/procedures.ts).
gcloud reads its commands; kubectl is given its own against a real API server whose nodes are played, changes by --dry-run=server.

Usage: npm run runbooks:check -- [options]

  --static      only what needs nothing but the repository
  --drills      also carry out every drill, on a service as npm start brings it up, and ask its database every statement of every page
  --only PAGE   with --drills: only this page; may be given again
  --record      with --drills: write the day into the pages whose drill passed
  --help        this text

What needs a program that is missing is told as "not run". Exit code: 0 all held, 1 something did not hold, 2 a wrong argument.`;

const options = {
  help: { type: 'boolean' },
  static: { type: 'boolean' },
  drills: { type: 'boolean' },
  only: { type: 'string', multiple: true },
  record: { type: 'boolean' },
} as const;

type Write = (line: string) => void;
type Part = { readonly name: string; readonly work: (world: World) => Promise<Result> };

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
  for (const { name, work } of chosen(values, write)) {
    const result = await work(world);
    if (typeof result === 'string') {
      write(`not run: ${name}: ${result}`);
      continue;
    }
    for (const finding of result.findings) write(finding);
    write(`${result.findings.length === 0 ? 'passed' : 'failed'}  ${name}: ${result.done}`);
    failed += result.findings.length;
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

function chosen(values: NonNullable<ReturnType<typeof read>>, write: Write): Part[] {
  const pages = { name: 'pages', work: pagesHold };
  if (values.static) return [pages];
  const carriedOut = { name: 'drills', work: (world: World) => drills(world, { ...values, write }) };
  if (values.only) return [carriedOut];
  return [
    pages,
    { name: 'queries', work: queriesHold },
    { name: 'gcloud', work: cloudHolds },
    { name: 'kubectl', work: clusterHolds },
    ...(values.drills ? [carriedOut] : []),
  ];
}

async function pagesHold(world: World): Promise<Result> {
  const blocks = world.pages.reduce((sum, page) => sum + page.blocks.length, 0);
  const count = (drill: ReturnType<typeof drillOf>) => world.pages.filter((page) => drillOf(page) === drill).length;
  const drills = `${count('changes')} have a drill, ${count('reads')} one that only reads, ${count(null)} none`;
  const done = `${world.pages.length} pages, ${blocks} blocks; ${drills}`;
  return { done, findings: await staticFindings(world) };
}

async function queriesHold(world: World): Promise<Result> {
  const cases = verifyCases(world);
  const findings = await verify(cases);
  return findings === null
    ? 'promtool is missing (apt-get install prometheus)'
    : { done: `${cases.length} queries in their stories`, findings };
}

async function cloudHolds(world: World): Promise<Result> {
  const checked = await cloudCommands(world);
  if (checked === null) return 'gcloud is missing';
  return { done: `${checked.count} commands read`, findings: checked.findings };
}

async function clusterHolds(world: World): Promise<Result> {
  const checked = await clusterCommands(world);
  if (typeof checked === 'string') return checked;
  return {
    done: `${checked.carriedOut} commands against an API server, ${checked.read} only read`,
    findings: checked.findings,
  };
}
