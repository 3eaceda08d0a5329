import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Said } from './program.ts';
import { type Step, steps } from './steps.ts';

type Write = (line: string) => void;

const HELP = `Checks the repository: types, import rules, dead code, lint, generated files, and what may not be committed.

Usage: npm run check -- [--only STEP]...

  --only STEP  run this step only; may be given again
  --help       this text

Steps:
${steps.map(({ name, what }) => `  ${name.padEnd(11)}${what}`).join('\n')}

Exit code: 0 all passed, 1 one failed, 2 a wrong argument.`;

if (import.meta.main) {
  const repository = join(import.meta.dirname, '../..');
  process.exitCode = await main(process.argv.slice(2), repository, (line) => process.stdout.write(`${line}\n`));
}

/** Checks the repository in a folder, prints a line for each step and then the counts, and gives the exit code. */
export async function main(args: readonly string[], folder: string, write: Write): Promise<0 | 1 | 2> {
  const chosen = choose(args, write);
  if (chosen === null) return 2;
  if (chosen.length === 0) {
    write(HELP);
    return 0;
  }
  const passed = await inTurn(chosen, Math.max(2, availableParallelism()), (step) => perform(step, folder, write));
  const failed = passed.filter((content) => !content).length;
  write(`${passed.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

// Null for a wrong argument, none when help is wanted.
function choose(args: readonly string[], write: Write): readonly Step[] | null {
  try {
    const { help, only } = parseArgs({
      args: [...args],
      options: { help: { type: 'boolean' }, only: { type: 'string', multiple: true } },
    }).values;
    if (help) return [];
    const unknown = only?.find((name) => !steps.some((step) => step.name === name));
    if (unknown === undefined) return only ? steps.filter(({ name }) => only.includes(name)) : steps;
    const names = steps.map(({ name }) => name).join(', ');
    write(`--only is ${JSON.stringify(unknown.slice(0, 64))}, expected one of ${names}`);
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
  }
  return null;
}

async function perform(step: Step, folder: string, write: Write): Promise<boolean> {
  const begun = performance.now();
  const { content, output } = await step.check(folder).catch(unable);
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  write(`${content ? 'passed' : 'failed'}  ${step.name.padEnd(8)} ${seconds.padStart(6)} s  ${step.what}`);
  if (!content) write(output.replace(/^/gm, '  '));
  return content;
}

function unable(error: unknown): Said {
  return { content: false, output: error instanceof Error ? error.message : String(error) };
}

/** Works on so many at once, begun in order. */
async function inTurn<Item, Result>(
  items: readonly Item[],
  workers: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  const waiting = [...items.entries()];
  const worker = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [index, item] = next;
      results[index] = await work(item);
    }
  };
  await Promise.all(Array.from({ length: workers }, worker));
  return results;
}
