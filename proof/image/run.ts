import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { startEmbeddedPostgres } from '../../backend/platform/postgres/index.ts';
import { context, image, steps } from '../../infra/image/steps.ts';
import { makeBase } from '../common/folder.ts';
import { Container, missing, sizes } from './container.ts';
import { serve } from './service.ts';

const HELP = `The steps of the Dockerfile without a container engine, and the service from exactly the files that come of them: under the user of
the image, on a root that cannot be written to. It must migrate a PostgreSQL, answer a query and a subscription, and end when told to.

Usage: npm run image:rootfs -- [options]

  --fresh      install the packages anew in a copy of what git holds, as a container engine would; else those here are used
  --out DIR    keep the files there
  --build      stop when the files are there
  --help       this text

Exit code: 0 all held, or not run because something is missing, which is named; 1 something did not hold.`;

/** Says who it is, whether it can write beside the program and at the root, and in /tmp, and whether there is a shell. */
const CONFINED = `const fs = require('node:fs');
const tried = (path) => { try { fs.writeFileSync(path, ''); return 'written'; } catch (error) { return error.code; } };
console.log(process.getuid(), process.getgid(), tried('/app/x'), tried('/x'), tried('/tmp/x'), fs.existsSync('/bin/sh') ? 'there' : 'gone');`;

type Write = (line: string) => void;

const repository = join(import.meta.dirname, '../..');
const LIMIT_MS = 10 * 60_000;

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean' },
      fresh: { type: 'boolean' },
      build: { type: 'boolean' },
      out: { type: 'string' },
    },
  });
  if (values.help) {
    write(HELP);
    return 0;
  }
  const base = makeBase();
  try {
    const root = values.out === undefined ? join(base, 'root') : resolve(values.out);
    make(values.fresh === true ? copyOf(join(base, 'build'), write) : repository, root, values.fresh === true, write);
    if (!isSmall(root, write)) return 1;
    if (values.build) return 0;
    const lacking = missing();
    if (lacking !== null) {
      write(`not run: ${lacking} is missing`);
      return 0;
    }
    await prove(root, base, write);
    write('all held');
    return 0;
  } catch (error) {
    write(`did not hold: ${error instanceof Error ? error.message : String(error)}`);
    return 1;
  } finally {
    rmSync(base, { recursive: true, force: true, maxRetries: 10 });
  }
}

/** What a builder would be given, of what git holds. */
function copyOf(folder: string, write: Write): string {
  const files = execFileSync('git', ['ls-files', '-z', ...context], { cwd: repository, encoding: 'utf8' })
    .split('\0')
    .filter((file) => file !== '' && !file.endsWith('.test.ts'));
  for (const file of files) {
    mkdirSync(join(folder, dirname(file)), { recursive: true });
    cpSync(join(repository, file), join(folder, file));
  }
  write(`${files.length} files copied`);
  return folder;
}

function make(folder: string, root: string, fresh: boolean, write: Write): void {
  for (const { what, command } of steps) {
    const [program, ...args] = command;
    if (program === 'npm' && !fresh) {
      write(`${what}: as they are installed here`);
      continue;
    }
    write(`${what}: ${command.join(' ')}`);
    const given = args.map((arg) => (arg === 'OUT' ? root : arg));
    execFileSync(program === 'node' ? process.execPath : program, given, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
}

function isSmall(root: string, write: Write): boolean {
  const { total, ...parts } = sizes(root);
  const listed = Object.entries(parts).map(([name, bytes]) => `${name} ${megabytes(bytes)}`);
  write(`size: ${megabytes(total)} MB of ${image.mostMegabytes} (${listed.join(', ')})`);
  return total <= image.mostMegabytes * 1_000_000;
}

function megabytes(bytes: number): string {
  return (bytes / 1_000_000).toFixed(1);
}

async function prove(root: string, base: string, write: Write): Promise<void> {
  const container = new Container(root);
  const { output } = container.evaluate(CONFINED);
  const expected = `${image.user.uid} ${image.user.gid} EROFS EROFS written gone`;
  if (output.trim() !== expected) throw new Error(`the process said "${output.trim()}", expected "${expected}"`);
  write(`confined: user ${image.user.uid}, nothing can be written but in /tmp, no shell`);
  await using server = await startEmbeddedPostgres({ dataDirectory: join(base, 'database') });
  await serve({ container, server, stop: AbortSignal.timeout(LIMIT_MS) }, write);
}
