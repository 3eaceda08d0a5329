import { execFile } from 'node:child_process';

export type Said = { readonly content: boolean; readonly missing: boolean; readonly output: string };

/** Behind everybody: a busy machine lets it wait for long. */
const LIMIT_MS = 30 * 60_000;
const LIMIT_BYTES = 256 * 1024 * 1024;

/** Runs a program of somebody else behind everybody who waits. */
export function run(program: string, args: readonly string[], folder: string): Promise<Said> {
  return new Promise((resolve) => {
    execFile(
      'nice',
      ['-n', '15', program, ...args],
      { cwd: folder, timeout: LIMIT_MS, maxBuffer: LIMIT_BYTES },
      (error, stdout, stderr) => {
        const output = `${stdout}${stderr}`;
        // nice says 127 when there is no such program.
        resolve({
          content: error === null,
          missing: error?.code === 127 || error?.code === 'ENOENT',
          output: output || (error?.message ?? ''),
        });
      },
    );
  });
}
