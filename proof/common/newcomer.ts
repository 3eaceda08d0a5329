import { type ChildProcess, execFileSync, type SpawnOptions, spawn } from 'node:child_process';
import { delimiter } from 'node:path';

/** Somebody at a terminal of their own, who has nothing of ours yet. */
export type Newcomer = {
  readonly name: string;
  readonly account: { readonly uid: number; readonly gid: number } | null;
  readonly env: NodeJS.ProcessEnv;
};

/** Whoever runs this, or an account of this machine, which only root can lend. Throws when there is none of that name. */
export function newcomer(name: string): Newcomer {
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8' }).trim();
  const env = { ...withoutNpm(process.env), npm_config_registry: registry };
  if (name === 'current') return { name: process.env['USER'] ?? 'the current user', account: null, env };

  const { uid, gid, home } = accountOf(name);
  return { name, account: { uid, gid }, env: { ...env, HOME: home, USER: name, LOGNAME: name } };
}

/** Makes an account for the time of a walk; disposing of it removes what it made, and an account that was there stays. */
export function lentAccount(name: string): Disposable {
  if (hasAccount(name)) return { [Symbol.dispose]: () => undefined };
  execFileSync('useradd', ['--create-home', name]);
  return { [Symbol.dispose]: () => removeAccount(name) };
}

/** It is refused while a process of the account is listed, also one that has ended and was not yet waited for. */
function removeAccount(name: string): void {
  for (let tried = 1; hasAccount(name); tried += 1)
    try {
      execFileSync('userdel', ['--remove', name], { stdio: 'ignore' });
    } catch (error) {
      if (tried === REMOVAL_TRIES) throw error;
      execFileSync('sleep', ['0.5']);
    }
}

const REMOVAL_TRIES = 10;

/** Starts a program as the newcomer, in a process group of its own. */
export function startAs(who: Newcomer, command: readonly [string, ...string[]], options: SpawnOptions): ChildProcess {
  const [program, ...args] = command;
  const { env = {}, ...rest } = options;
  return spawn(program, args, { ...rest, ...who.account, detached: true, env: { ...who.env, ...env } });
}

// `npm run` tells its children about itself, and its Node comes first: a newcomer has neither.
function withoutNpm(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(
    ([name]) => !name.startsWith('npm_') && name !== 'INIT_CWD' && name !== 'NODE',
  );
  const path = (env['PATH'] ?? '').split(delimiter).filter((folder) => !folder.includes('node_modules'));
  return { ...Object.fromEntries(own), PATH: path.join(delimiter) };
}

function hasAccount(name: string): boolean {
  try {
    accountOf(name);
    return true;
  } catch {
    return false;
  }
}

function accountOf(name: string): { uid: number; gid: number; home: string } {
  const entry = execFileSync('getent', ['passwd', name], { encoding: 'utf8' }).trim();
  const [, , uid, gid, , home] = entry.split(':');
  if (home === undefined) throw new Error(`getent said ${JSON.stringify(entry)}, expected a line of passwd`);
  return { uid: Number(uid), gid: Number(gid), home };
}
