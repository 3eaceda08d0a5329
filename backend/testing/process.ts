import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';

type Settings = Readonly<Record<string, string>>;

/** A process of the service, and all that it has said so far. */
export type Started = { readonly child: ChildProcess; readonly output: () => string };

const ROOT = join(import.meta.dirname, '../..');
const PROGRAM = ['--import', 'tsx', 'backend/main.ts'];

/** Starts a command of the service. Nothing of the tests' own environment reaches it: what is not set here has its default. */
export function startCommand(args: readonly string[], settings: Settings): Started {
  const child = spawn(process.execPath, [...PROGRAM, ...args], {
    cwd: ROOT,
    env: settings,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return { child, output: () => output };
}

/** Runs a command of the service to its end. */
export function runCommand(args: readonly string[], settings: Settings) {
  const options = { cwd: ROOT, env: settings, encoding: 'utf8' } as const;
  const { status, stdout, stderr } = spawnSync(process.execPath, [...PROGRAM, ...args], options);
  return { status, stdout, stderr };
}
