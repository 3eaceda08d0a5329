import { readPages } from '../page/files.ts';
import { type Page, said } from '../page/page.ts';
import { type Placeholder, placeholders } from '../placeholders.ts';
import { HELP, read } from './options.ts';
import { ask } from './prometheus.ts';

type Write = (line: string) => void;
type Environment = Readonly<Record<string, string | undefined>>;

// Whoever pipes it into `head` has read enough.
if (import.meta.main) process.stdout.once('error', () => process.exit(0));
if (import.meta.main)
  process.exitCode = await main(process.argv.slice(2), process.env, (line) => process.stdout.write(`${line}\n`));

/** Prints a page and gives the exit code. */
export async function main(args: readonly string[], env: Environment, write: Write): Promise<0 | 1 | 2> {
  const pages = await readPages();
  const names = pages.map(({ name }) => name);
  const asked = read(args, env, names);
  if (asked.kind === 'help') write(HELP);
  if (asked.kind === 'list') for (const page of pages) write(row(page));
  if (asked.kind === 'wrong') {
    write(asked.message);
    return 2;
  }
  const page = asked.kind === 'page' ? pages.find(({ name }) => name === asked.name) : undefined;
  if (page === undefined || asked.kind !== 'page') return 0;
  return print(page, asked.prometheus, env, write);
}

function row(page: Page): string {
  return `${page.name.padEnd(40)} ${(said(page, 'severity') ?? 'procedure').padEnd(9)} ${said(page, 'service') ?? ''}`.trimEnd();
}

/** The page as it stands, without what machines read and carry out, and after each query what it gives now. */
async function print(page: Page, prometheus: string | null, env: Environment, write: Write): Promise<0 | 1> {
  write(facts(page));
  for (const line of needed(page)) write(line);
  write('');
  const queries = new Set(
    page.blocks.filter(({ kind }) => kind === 'promql').flatMap(({ line, text }) => linesFrom(line, text)),
  );
  const drills = drillLines(page);
  let answers = true;
  for (const [index, line] of page.lines.entries()) {
    if (index + 1 < page.titleLine || drills.has(index + 1)) continue;
    write(line);
    if (prometheus === null || !answers || !queries.has(index + 1)) continue;
    const open = openIn(line, env);
    if (open !== undefined) {
      write(`    not asked: ${open} is not set`);
      continue;
    }
    const query = line.replace(VARIABLE, (text, name: string) => (name in placeholders ? (env[name] ?? '') : text));
    try {
      for (const value of await ask(prometheus, env['PROMETHEUS_TOKEN'], query)) write(`    ${value}`);
    } catch (error) {
      answers = false;
      write(`    the queries could not be asked: ${reason(error)}`);
    }
  }
  return answers ? 0 : 1;
}

/** What somebody must set before the query asks for anything that there is. */
function openIn(query: string, env: Environment): string | undefined {
  const names = [...query.matchAll(VARIABLE)].map(([, name = '']) => name);
  return names.find((name) => name in placeholders && !env[name]);
}

const VARIABLE = /\$([A-Z_]+)\b/g;

function facts(page: Page): string {
  const parts = ['severity', 'service', 'slo', 'dashboards', 'minutes'].map((key) => `${key} ${said(page, key)}`);
  return parts.filter((part) => !part.endsWith('undefined') && !part.endsWith('none')).join(' · ');
}

/** What has to be set before the commands can be pasted, those in the middle of a sentence too. */
function needed(page: Page): string[] {
  const drills = drillLines(page);
  const text = page.lines.filter((_, index) => index + 1 >= page.titleLine && !drills.has(index + 1)).join('\n');
  const used = Object.keys(placeholders).filter((name) => new RegExp(`\\$\\{?${name}\\b`).test(text)) as Placeholder[];
  return used.map((name) => `set first: ${name}=${placeholders[name].sample}   (${placeholders[name].from})`);
}

/** Blocks that machines carry out, with their fences and the empty line after each. */
function drillLines(page: Page): ReadonlySet<number> {
  const blocks = page.blocks.filter(({ kind }) => kind === 'sh drill');
  return new Set(blocks.flatMap(({ line, text }) => [line - 1, ...linesFrom(line, `${text}\n\n`)]));
}

function linesFrom(line: number, text: string): number[] {
  return text.split('\n').map((_, index) => line + index);
}

/** With its cause, which is where fetch keeps what went wrong. */
function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message}: ${error.cause.message}` : error.message;
}
