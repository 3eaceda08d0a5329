import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { lentAccount, newcomer } from '../common/newcomer.ts';
import { walk } from './walk.ts';

const HELP = `Does what the README says, as a newcomer: clones this repository's last commit into an empty folder, runs npm ci and npm start,
waits in a second program for the first signal, and stops the service. Needs git, npm and Linux.

Usage: npm run proof:readme -- [--user NAME|current] [--keep]

  --user NAME  an account of this machine (only root can lend it), or "current"
               (default: current, and for root a second time an account that is made for it and removed)
  --keep       leave the folder where it is
  --help       this text

Exit code: 0 the promise holds, 1 it does not, 2 a wrong argument.`;

const LENT_ACCOUNT = 'heliograph-newcomer';

type Write = (line: string) => void;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<0 | 1 | 2> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(`ended by ${name}`)));
  const isRoot = process.geteuid?.() === 0;
  try {
    const { values } = parseArgs({
      args,
      options: { help: { type: 'boolean' }, keep: { type: 'boolean' }, user: { type: 'string' } },
    });
    if (values.help) {
      write(HELP);
      return 0;
    }
    if (values.user !== undefined && values.user !== 'current' && !isRoot) {
      write(`--user is ${JSON.stringify(values.user)}, expected current: only root can lend an account`);
      return 2;
    }
    const names = values.user ? [values.user] : isRoot ? ['current', LENT_ACCOUNT] : ['current'];
    let failed = 0;
    for (const name of names) failed += (await proven(name, values.keep === true, write, stop.signal)) ? 0 : 1;
    write(`readme: ${names.length - failed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function proven(name: string, keep: boolean, write: Write, stop: AbortSignal): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-readme-'));
  // As open as a folder in which somebody clones: root's database runs as another user and must be able to enter.
  await chmod(folder, 0o755);
  try {
    using _ = name === LENT_ACCOUNT ? lentAccount(name) : null;
    const who = newcomer(name);
    write(`as ${who.name}`);
    await walk({
      who,
      repository: join(import.meta.dirname, '../..'),
      folder,
      write: (line) => write(`  ${line}`),
      stop,
    });
    return true;
  } catch (error) {
    write(`  failed: ${error instanceof Error ? error.message : String(error)}`);
    return false;
  } finally {
    if (keep) write(`  kept: ${folder}`);
    else await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}
