import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ParseArgsConfig, parseArgs } from 'node:util';
import { parse } from 'yaml';
import { onGoogle, runStack } from '../stacks.ts';
import { estimate } from './estimate.ts';
import { page } from './page.ts';

const HELP = `Estimates what a stack costs a month, from the resources that the program asks for and a table of prices with their sources.

Usage: npm run infra:cost -- -s STACK

  -s, --stack NAME  of which Pulumi.NAME.yaml is read, for sizes; what is not filled in there is an example
  --help            this text`;

const options = {
  help: { type: 'boolean' },
  stack: { type: 'string', short: 's' },
} as const satisfies ParseArgsConfig['options'];

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: (line: string) => void): Promise<0 | 1 | 2> {
  const { values } = parseArgs({ args, options });
  if (values.help || values.stack === undefined) {
    write(HELP);
    return values.help ? 0 : 2;
  }
  if (!onGoogle(values.stack)) {
    write(`${values.stack} has nothing of Google: what it costs is what the Kubernetes costs that it runs on`);
    return 0;
  }
  const { exitCode, resources, messages } = await runStack(values.stack, given(values.stack));
  if (exitCode !== 0) {
    write(messages.join('\n'));
    return 1;
  }
  write(page(values.stack, estimate(resources)));
  return 0;
}

/** What the operator filled in; objects as JSON, as the engine hands them over. */
function given(stack: string): Record<string, string> {
  const file = join(import.meta.dirname, '../../..', `Pulumi.${stack}.yaml`);
  if (!existsSync(file)) return {};
  const { config = {} } = parse(readFileSync(file, 'utf8')) as { config?: Readonly<Record<string, unknown>> };
  const ours = Object.entries(config).filter(([key]) => key.startsWith('heliograph:'));
  return Object.fromEntries(
    ours.map(([key, value]) => [
      key.slice('heliograph:'.length),
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  );
}
