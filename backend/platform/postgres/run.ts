import { spawn } from 'node:child_process';
import type { Account } from './account.ts';

/** All that PostgreSQL's programs get to see: English messages, UTC, and none of our secrets. */
export const childEnvironment = { LC_ALL: 'C', TZ: 'UTC', PATH: '/usr/local/bin:/usr/bin:/bin' } as const;

/** Runs a program as the account and resolves with its exit code and all it said; code is null when a signal ended it. `onOutput` hears all that was said so far. */
export function runToEnd(
  program: string,
  args: readonly string[],
  options: { account: Account; cwd: string; onOutput?: (soFar: string, pid: number) => void },
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      ...options.account,
      cwd: options.cwd,
      env: childEnvironment,
      // The terminal's Ctrl-C is for Node, which then ends its children in order.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const collect = (chunk: Buffer) => {
      output = `${output}${chunk.toString()}`.slice(-20_000);
      if (child.pid !== undefined) options.onOutput?.(output, child.pid);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
