import { existsSync, readFileSync } from 'node:fs';
import { link, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SCRATCH_DESK, SCRATCH_MINUTES, SCRATCH_REQUEST } from '../../server-scripts.ts';
import { UserError } from '../errors.ts';

export type ScratchRequest = {
  /** The folder that is shared with who runs the server. */
  readonly shared: string;
  /** Unlike that of any other request: letters and digits. */
  readonly id: string;
  readonly cluster: string;
  readonly settings: Readonly<Record<string, string>>;
  /** Called now and then until the server is ready, with the seconds so far. */
  readonly onSlow?: (seconds: number) => void;
};

/** The server ended by itself before it was ready. */
export class ServerEnded extends Error {
  readonly said: string;

  constructor(said: string) {
    super(`The scratch server ended before it was ready. It said:\n${said}`);
    this.name = 'ServerEnded';
    this.said = said;
  }
}

const PICK_UP_MS = 60_000;
const END_MS = 60_000;
const TOUCH_MS = 10_000;
const LOOK_MS = 100;
const SAY_MS = 10_000;

/**
 * Asks whoever runs `scratchServerProgram` for a server on a folder, and resolves when it takes connections. It runs until this is disposed of, which
 * waits until it has ended. Throws ServerEnded, or a UserError where nobody answers or somebody else has one.
 */
export async function askForServer(request: ScratchRequest): Promise<AsyncDisposable> {
  const { shared, id } = request;
  const desk = join(shared, SCRATCH_DESK);
  const asked = join(desk, SCRATCH_REQUEST);
  const [log, ended] = [join(desk, `${id}.log`), join(desk, `${id}.ended`)];
  await place(request, desk, asked);
  const touch = () => utimes(asked, new Date(), new Date()).catch(() => undefined);
  const touching = setInterval(() => void touch(), TOUCH_MS);
  const end = async (): Promise<void> => {
    clearInterval(touching);
    await rm(asked, { force: true });
    if (existsSync(log)) await until(() => existsSync(ended), END_MS);
  };
  try {
    if (!(await until(() => existsSync(log), PICK_UP_MS))) throw nobody(shared);
    await ready(request, ended);
  } catch (error) {
    await end();
    throw error instanceof ServerEnded ? new ServerEnded(await readFile(log, 'utf8').catch(() => '')) : error;
  }
  return { [Symbol.asyncDispose]: end };
}

/** A link, unlike a move, takes the place of nothing: one server at a time. */
async function place({ id, cluster, settings, shared }: ScratchRequest, desk: string, asked: string): Promise<void> {
  const draft = join(desk, `${id}.draft`);
  const lines = [id, cluster, ...Object.entries(settings).map(([name, value]) => `${name}=${value}`)];
  await writeFile(draft, `${lines.join('\n')}\n`).catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'ENOENT' ? nobody(shared) : error;
  });
  try {
    const age = Date.now() - ((await stat(asked).catch(() => null))?.mtimeMs ?? Number.POSITIVE_INFINITY);
    if (age > SCRATCH_MINUTES * 60_000) await rm(asked, { force: true });
    await link(draft, asked);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    throw new UserError(
      'SCRATCH_IN_USE',
      `Somebody has a server in ${shared}, expected one restore or drill at a time`,
    );
  } finally {
    await rm(draft, { force: true });
  }
}

/** There is no upper limit: a server replays its log for as long as that takes. */
async function ready({ cluster, onSlow = () => undefined }: ScratchRequest, ended: string): Promise<void> {
  for (let waited = LOOK_MS; !existsSync(ended); waited += LOOK_MS) {
    if (stateOf(cluster) === 'ready') return;
    await sleep(LOOK_MS);
    if (waited % SAY_MS === 0) onSlow(waited / 1_000);
  }
  throw new ServerEnded('');
}

// The server keeps its state in the eighth line.
function stateOf(cluster: string): string | undefined {
  try {
    return readFileSync(join(cluster, 'postmaster.pid'), 'utf8').split('\n')[7]?.trim();
  } catch {
    return undefined;
  }
}

/** False when it took longer. */
async function until(condition: () => boolean, mostMs: number): Promise<boolean> {
  for (let waited = 0; !condition(); waited += LOOK_MS) {
    if (waited >= mostMs) return false;
    await sleep(LOOK_MS);
  }
  return true;
}

function nobody(shared: string): UserError {
  return new UserError(
    'NO_SCRATCH_SERVER',
    `DATABASE_SCRATCH is "${shared}", expected a folder in which somebody runs servers on request: nobody answers`,
  );
}
