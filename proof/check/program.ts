import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';

/** Everything that a program said, and whether it was content. */
export type Said = { readonly content: boolean; readonly output: string };

const REPOSITORY = join(import.meta.dirname, '../..');
const BINARIES = join(REPOSITORY, 'node_modules/.bin');
/** Far beyond the slowest step on a busy machine: only what hangs is ended. */
const LIMIT_MS = 5 * 60_000;
const LIMIT_BYTES = 64 * 1024 * 1024;

/** Runs a program in a folder; one of npm's is this repository's own, and so is the Node that it runs on. */
export function run(program: string, args: readonly string[], folder: string): Promise<Said> {
  const env = { ...process.env, PATH: `${BINARIES}${delimiter}${process.env['PATH'] ?? ''}`, NO_COLOR: '1' };
  const options = { cwd: folder, env, timeout: LIMIT_MS, maxBuffer: LIMIT_BYTES };
  return new Promise((resolve) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      const said = `${stdout}${stderr}`.trim();
      if (!error) resolve({ content: true, output: said });
      else if (typeof error.code === 'number') resolve({ content: false, output: said });
      else resolve({ content: false, output: `${said}\n${program}: ${reason(error)}`.trim() });
    });
  });
}

function reason({ killed, code, signal }: { killed?: boolean; code?: unknown; signal?: unknown }): string {
  if (code === 'ENOENT') return 'not found, expected it to be installed (npm ci)';
  return killed ? `ended after ${LIMIT_MS / 60_000} minutes` : `ended by ${String(signal ?? code)}`;
}
