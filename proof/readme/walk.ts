import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../backend/testing/ports.ts';
import { type Newcomer, startAs } from '../common/newcomer.ts';
import { stillThere } from '../common/process-tree.ts';
import { Program } from '../common/program.ts';

/** What a walk is given: who goes, from which repository, to an empty folder; it prints figures and ends early when told to. */
export type Walk = {
  readonly who: Newcomer;
  readonly repository: string;
  readonly folder: string;
  readonly write: (line: string) => void;
  readonly stop: AbortSignal;
};

/** What the README promises, counted from `npm start`. */
const FIRST_SIGNAL_S = 60;
/** So long a figure is worth waiting for; after that something hangs. */
const LIMIT_S = { install: 600, ready: 180, signal: 180, stop: 60, gone: 5 } as const;
const COMMANDS = ['npm ci', 'npm start', 'npm run follow'];

/** Does what the README says, in an empty folder, and prints what it took. Throws an Error that says what did not hold. */
export async function walk(given: Walk): Promise<void> {
  const { who, repository, folder, write } = given;
  const clone = join(folder, 'heliograph');
  execFileSync('git', ['clone', '--quiet', '--no-hardlinks', repository, clone]);
  if (who.account) execFileSync('chown', ['-R', `${who.account.uid}:${who.account.gid}`, folder]);
  await readmeShows(join(clone, 'README.md'), COMMANDS);

  const installing = new Program(startAs(who, ['npm', 'ci'], { cwd: clone }), given.stop);
  await finished(installing, LIMIT_S.install, 'npm ci');
  write(`npm ci: ${installing.seconds()} s`);
  await serveAndFollow(given, clone);
}

async function readmeShows(file: string, commands: readonly string[]): Promise<void> {
  const blocks = (await readFile(file, 'utf8')).match(/^```[\s\S]*?^```/gm) ?? [];
  const missing = commands.filter((command) => !blocks.some((block) => block.includes(command)));
  if (missing.length > 0) throw new Error(`README.md does not show ${missing.join(', ')}`);
}

async function serveAndFollow({ who, write, stop }: Walk, clone: string): Promise<void> {
  const [port, internal] = [await freePort(), await freePort()];
  const env = { PORT: String(port), INTERNAL_PORT: String(internal) };
  const service = new Program(startAs(who, ['npm', 'start'], { cwd: clone, env }), stop);
  try {
    await service.says(`http://127.0.0.1:${port}/graphql`, LIMIT_S.ready, 'npm start');
    write(`serves: ${service.seconds()} s after npm start`);

    const url = `ws://127.0.0.1:${port}/graphql`;
    const follow = ['npm', 'run', '--silent', 'follow', '--', '--json', '--limit', '1', '--url', url] as const;
    await firstSignal(new Program(startAs(who, follow, { cwd: clone }), stop), service);
    const seconds = service.seconds();
    write(`first signal: ${seconds} s after npm start, promised within ${FIRST_SIGNAL_S} s`);

    await endsOnRequest(service, write);
    if (seconds > FIRST_SIGNAL_S)
      throw new Error(`the first signal came after ${seconds} s, expected ${FIRST_SIGNAL_S} s`);
  } finally {
    service.kill();
  }
}

async function firstSignal(following: Program, service: Program): Promise<void> {
  try {
    await finished(following, LIMIT_S.signal, 'npm run follow');
    const [line] = following.output.split('\n').filter((text) => text.startsWith('{'));
    if (line === undefined || !('signal' in JSON.parse(line)))
      throw new Error(`npm run follow said no signal:\n${following.output.trimEnd()}`);
  } catch (error) {
    throw new Error(`${messageOf(error)}\nnpm start said:\n${service.output.trimEnd()}`);
  }
}

async function endsOnRequest(service: Program, write: Walk['write']): Promise<void> {
  const processes = service.processes();
  const begun = performance.now();
  service.child.kill('SIGTERM');
  await service.ended(LIMIT_S.stop, 'npm start, after SIGTERM');
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);

  for (const end = performance.now() + LIMIT_S.gone * 1000; performance.now() < end; await sleep(20))
    if (stillThere(processes).length === 0) break;
  const left = stillThere(processes).map(({ pid, command }) => `${pid} ${command}`);
  if (left.length > 0)
    throw new Error(`after SIGTERM ${left.length} of ${processes.length} processes run on:\n${left.join('\n')}`);
  write(`stopped: ${seconds} s after SIGTERM, exit code 0, none of its ${processes.length} processes left`);
}

async function finished(program: Program, limitSeconds: number, name: string): Promise<void> {
  try {
    await program.ended(limitSeconds, name);
  } finally {
    program.kill();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
