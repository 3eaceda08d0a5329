import { mkdir } from 'node:fs/promises';
import { relative, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { packClient } from './pack.ts';

const HELP = `Makes the tarball of the client, which any project can install.

Usage: npm run client:pack -- [--to FOLDER]

  --to FOLDER  where it is written (default: the current folder)
  --help       this text

Exit code: 0 written, 1 it could not be built, 2 a wrong argument.`;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: (line: string) => void): Promise<0 | 1 | 2> {
  const given = readArguments(args);
  if (given instanceof Error) {
    write(given.message);
    return 2;
  }
  if (given.help) {
    write(HELP);
    return 0;
  }
  try {
    const to = resolve(given.to ?? '.');
    await mkdir(to, { recursive: true });
    write(relative('.', await packClient(to)));
    return 0;
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

function readArguments(args: string[]) {
  try {
    return parseArgs({ args, options: { to: { type: 'string' }, help: { type: 'boolean' } } }).values;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
