import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort } from '../../../backend/testing/ports.ts';
import { bundle, read } from '../../../infra/image/bundle.ts';
import { startServer } from '../benches/ingest/server.ts';
import { Difference, type Prepared, type Variant } from '../benchmark.ts';
import { cpuOfProcess } from '../cpu.ts';
import { LEAST, USUAL } from './usual.ts';

/** What a program had used when it was ready: microseconds of CPU time, all threads, and bytes that it held. */
export type Used = { readonly cpu: number; readonly bytes: number };

const ROOT = join(import.meta.dirname, '../../..');
const FOLDER = join(ROOT, 'node_modules/.cache/heliograph');

type Program = Pick<Variant, 'name' | 'role'> & {
  readonly args: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

/** Starts of the api role and of what others would have, each time a new process. `what` is told of each. */
export async function prepareStarts(what: keyof Used): Promise<Prepared> {
  const server = await startServer(['bench_start']);
  // In the repository, whose packages GraphiQL is served from.
  await mkdir(FOLDER, { recursive: true });
  const directory = await mkdtemp(join(FOLDER, 'start-'));
  const close = async (): Promise<void> => {
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  try {
    const [database] = server.databases;
    if (database === undefined) throw new Error('the server made no database');
    const compiled = { NODE_COMPILE_CACHE: join(directory, 'compiled') };
    await bundle(ROOT, directory);
    for (const path of read) await cp(join(ROOT, path), join(directory, path), { recursive: true });
    const service = [join(directory, 'main.js'), 'start', '--role', 'api'];
    const environment = { LOG_LEVEL: 'error', DATABASE_URL: database.applicationUrl };
    const usual = ['--input-type=module', '--eval', USUAL];
    const programs: readonly Program[] = [
      { name: 'ours', role: 'ours', args: service, environment },
      { name: 'ours, compiled before', role: 'part', args: service, environment: { ...environment, ...compiled } },
      { name: USUAL_STACK, role: 'peer', args: usual, environment: {} },
      { name: `${USUAL_STACK}, compiled before`, role: 'peer', args: usual, environment: compiled },
      { name: 'graphql + ws', role: 'limit', args: ['--input-type=module', '--eval', LEAST], environment: {} },
    ];
    return {
      variants: programs.map((program) => variantOf(program, what)),
      check: async () => [`ours: each of them answered a query: ${ANSWER}`],
      notes: [
        'ours is the bundle of the image, and is measured when /readyz says so: connected, the schema built, Apollo started; there is no Redis, so that neither loads its client; role api loads no object mapper, no feed and no training',
        `${USUAL_STACK}: the packages that role api has there and MikroORM, imported as everybody does, an Apollo server of one field started and listening`,
        'compiled before: with NODE_COMPILE_CACHE, filled by an earlier start; the goals are for starts without it',
      ],
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export const USUAL_STACK = 'usual stack';
const ANSWER = '{"data":{"__typename":"Query"}}';

function variantOf(program: Program, what: keyof Used): Variant {
  let sum = 0;
  let last = 0;
  return {
    ...{ name: program.name, role: program.role },
    server: () => sum,
    ...(what === 'bytes' && { figure: () => last }),
    run: async () => {
      const used = await startOnce(program);
      sum += used.cpu;
      last = used.bytes;
      return 1;
    },
  };
}

async function startOnce({ args, environment }: Program): Promise<Used> {
  const [port, internal] = [await freePort(), await freePort()];
  const child = spawn(process.execPath, args, {
    cwd: ROOT,
    env: { ...environment, PORT: String(port), INTERNAL_PORT: String(internal) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const isService = 'DATABASE_URL' in environment;
    await Promise.race([isService ? readiness(port, child) : once(child.stdout, 'data'), endOf(child)]);
    const used = { cpu: cpuOfProcess(child.pid ?? 0), bytes: await residentBytes(child.pid ?? 0) };
    if (isService) await check(port);
    return used;
  } finally {
    // What was compiled is written down at an orderly end.
    child.kill('SIGTERM');
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  }
}

async function check(port: number): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  });
  const text = (await response.text()).trim();
  if (text !== ANSWER) throw new Difference(`ours answered ${text.slice(0, 300)}, expected ${ANSWER}`);
}

async function endOf(child: ChildProcess): Promise<never> {
  const [code] = await once(child, 'exit');
  throw new Error(`a program that was to be started ended with ${code}`);
}

async function readiness(port: number, child: ChildProcess): Promise<void> {
  while (child.exitCode === null) {
    const ready = await fetch(`http://127.0.0.1:${port}/readyz`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

const LOOK_MS = 20;

async function residentBytes(pid: number): Promise<number> {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readFile(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) * 1_024;
}
