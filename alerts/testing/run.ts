import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { groups } from '../all.ts';
import { testCalendar } from './calendar.ts';
import { testCalendarMutants } from './calendar-mutants.ts';
import { testInhibitions } from './inhibiting.ts';
import { testMessages } from './messages.ts';
import { run } from './program.ts';
import { testRoutes } from './routing.ts';
import { type Counts, testMutants, testRules } from './rules.ts';
import { alertmanagerFolder, promtoolMissing } from './tools.ts';

const HELP = `Tests the rules and the routing of alerts with promtool, Prometheus, amtool and Alertmanager.

Usage: npm run alerts:test -- [--only NAME] [--part PART]...

  --only NAME  rules whose name begins so (parts rules and mutants)
  --part PART  check, rules, mutants, calendar, calendar-mutants, routes, messages or inhibitions; may be given again
  --help       this text

Exit code: 0 all passed, 1 one failed or could not be run, 2 a wrong argument.`;

type Part = (folder: string, only: string | undefined, tell: (line: string) => void) => Promise<Counts>;

const generated = join(import.meta.dirname, '../generated/prometheus');
const parts: Readonly<Record<string, { readonly needs: () => Promise<string | null>; readonly work: Part }>> = {
  check: { needs: promtoolMissing, work: checkRules },
  rules: { needs: promtoolMissing, work: testRules },
  mutants: { needs: promtoolMissing, work: testMutants },
  calendar: { needs: prometheusMissing, work: testCalendar },
  'calendar-mutants': { needs: prometheusMissing, work: testCalendarMutants },
  routes: { needs: alertmanagerMissing, work: async (folder) => testRoutes(folder, await alertmanagerFolder()) },
  messages: { needs: alertmanagerMissing, work: async (folder) => testMessages(folder, await alertmanagerFolder()) },
  inhibitions: {
    needs: alertmanagerMissing,
    work: async (folder) => testInhibitions(folder, await alertmanagerFolder()),
  },
};

const write = (line: string): void => {
  process.stdout.write(`${line}\n`);
};
process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<0 | 1 | 2> {
  const { help, only, part } = parseArgs({
    args: [...args],
    options: { help: { type: 'boolean' }, only: { type: 'string' }, part: { type: 'string', multiple: true } },
  }).values;
  if (help) write(HELP);
  if (help) return 0;
  const unknown = part?.find((name) => !Object.hasOwn(parts, name));
  if (unknown !== undefined) {
    write(`--part is ${JSON.stringify(unknown.slice(0, 64))}, expected one of ${Object.keys(parts).join(', ')}`);
    return 2;
  }
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-alerts-'));
  let failed = 0;
  for (const [name, { needs, work }] of Object.entries(parts)) {
    if (part && !part.includes(name)) continue;
    failed += await perform(name, await needs(), () => work(join(folder, name), only, write));
  }
  await rm(folder, { recursive: true });
  return failed === 0 ? 0 : 1;
}

async function perform(name: string, missing: string | null, work: () => Promise<Counts>): Promise<number> {
  if (missing !== null) {
    write(`not run: ${missing}`);
    return 1;
  }
  const began = performance.now();
  const { lines, failed } = await work();
  for (const line of lines) write(line);
  write(`${failed === 0 ? 'passed' : 'failed'}  ${name}  ${((performance.now() - began) / 1_000).toFixed(1)} s`);
  return failed;
}

async function checkRules(): Promise<Counts> {
  const files = groups.map(({ name }) => `${name}.yaml`);
  const { content, output } = await run('promtool', ['check', 'rules', ...files], generated);
  const found = [...output.matchAll(/SUCCESS: (\d+) rules found/g)].reduce((sum, [, count]) => sum + Number(count), 0);
  return {
    lines: [...(content ? [] : [output]), `promtool check: ${found} rules in ${files.length} files`],
    failed: content ? 0 : 1,
  };
}

async function prometheusMissing(): Promise<string | null> {
  const { missing } = await run('prometheus', ['--version'], '.');
  return missing ? 'prometheus is missing (apt-get install prometheus)' : null;
}

async function alertmanagerMissing(): Promise<string | null> {
  return alertmanagerFolder().then(
    () => null,
    (error: unknown) => (error instanceof Error ? error.message : String(error)),
  );
}
