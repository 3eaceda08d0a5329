import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { ProgramRun } from '../engine/run.ts';
import { kubernetesObjects } from '../kubernetes/objects.ts';
import { runStack, stackNames } from '../stacks.ts';
import { planOf } from './plan.ts';

const HELP = `Writes what every stack asks for into files that scanners read: its Kubernetes objects, and what is of Google as a plan of Terraform.

Usage: npm run infra:render -- FOLDER

FOLDER/STACK/kubernetes/*.json is an object each, FOLDER/STACK/plan.json the plan.`;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<0 | 2> {
  const { values, positionals } = parseArgs({ args, allowPositionals: true, options: { help: { type: 'boolean' } } });
  const [folder] = positionals;
  if (values.help || folder === undefined) {
    process.stdout.write(`${HELP}\n`);
    return values.help ? 0 : 2;
  }
  await renderAll(resolve(folder), (line) => process.stdout.write(`${line}\n`));
  return 0;
}

/** Writes every stack into a folder of its name. */
export async function renderAll(folder: string, write: (line: string) => void): Promise<void> {
  for (const stack of stackNames) write(`${stack}: ${renderRun(stack, await runStack(stack), folder)}`);
}

/** Writes one stack; gives what came of it, in words. */
export function renderRun(stack: string, { resources }: Pick<ProgramRun, 'resources'>, folder: string): string {
  const objects = kubernetesObjects(resources);
  const place = join(folder, stack, 'kubernetes');
  mkdirSync(place, { recursive: true });
  for (const object of objects) {
    const name = [object.kind, object.metadata.namespace, object.metadata.name].filter(Boolean).join('-').toLowerCase();
    writeFileSync(join(place, `${name}.json`), `${JSON.stringify(object, null, 2)}\n`);
  }
  const plan = planOf(resources);
  writeFileSync(join(folder, stack, 'plan.json'), `${JSON.stringify(plan, null, 2)}\n`);
  return `${objects.length} objects, ${plan.planned_values.root_module.resources.length} resources`;
}
