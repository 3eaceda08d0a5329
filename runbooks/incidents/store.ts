import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Incident, IncidentError, incident } from './incident.ts';

/** So often, and so many ms apart, is asked for what somebody else holds. A change takes a few ms. */
const ASKED = { times: 60, apartMs: 50 } as const;

/** Incidents as files of a folder, one each, named by their id. */
export class IncidentStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The newest first. Throws an IncidentError that names a file which is no incident. */
  async all(): Promise<readonly Incident[]> {
    const files = await readdir(this.#folder).catch(() => []);
    const ids = files.filter((file) => /^\d{8}-.*\.json$/.test(file)).map((file) => file.slice(0, -'.json'.length));
    const read = await Promise.all(ids.map((id) => this.#read(id)));
    return read.sort((a, b) => b.id.localeCompare(a.id));
  }

  /** By its id or its beginning, if there is but one such. */
  async find(given: string): Promise<Incident> {
    const all = await this.all();
    const found = all.filter(({ id }) => id === given || id.startsWith(given));
    const [only, ...more] = found.find(({ id }) => id === given) ? found.filter(({ id }) => id === given) : found;
    if (only !== undefined && more.length === 0) return only;
    const known = all
      .slice(0, 5)
      .map(({ id }) => id)
      .join(', ');
    throw new IncidentError(
      `there ${only === undefined ? 'is no incident' : `are ${more.length + 1} incidents`} ${JSON.stringify(given.slice(0, 64))} in ${this.#folder}${known === '' ? '' : `, the newest are ${known}`}`,
    );
  }

  /** A new one; throws an IncidentError when there is one of that id. */
  async add(added: Incident): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
    await writeFile(this.#pathOf(added.id), text(added), { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
      throw error.code === 'EEXIST' ? new IncidentError(`there is an incident ${added.id} already`) : error;
    });
  }

  /** Changes the incident as it is by now: what others write meanwhile is kept. Answers of it as it is then. `given` as for `find`. */
  async change(given: string, change: (of: Incident) => Incident): Promise<Incident> {
    const { id } = await this.find(given);
    const path = this.#pathOf(id);
    return alone(path, async () => {
      const changed = change(await this.#read(id));
      await writeWhole(path, text(changed));
      return changed;
    });
  }

  async #read(id: string): Promise<Incident> {
    const path = this.#pathOf(id);
    const parsed = incident.safeParse(parse(await readFile(path, 'utf8')));
    if (!parsed.success) {
      const [first] = parsed.error.issues;
      throw new IncidentError(`${path} is no incident: ${first?.path.join('.') ?? ''} ${first?.message ?? ''}`);
    }
    if (parsed.data.id !== id) throw new IncidentError(`${path} is the incident ${parsed.data.id}, expected ${id}`);
    return parsed.data;
  }

  #pathOf(id: string): string {
    return join(this.#folder, `${id}.json`);
  }
}

/** Does the work while nobody else does any on this file, on whatever machine. Throws an Error when somebody else does not come to an end. */
export async function alone<T>(path: string, work: () => Promise<T>): Promise<T> {
  const lock = `${path}.lock`;
  for (let times = 1; !(await took(lock)); times += 1) {
    if (times === ASKED.times)
      throw new Error(`somebody else has been changing ${path} for long: if nobody is, delete ${lock} and try again`);
    await sleep(ASKED.apartMs);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Whoever makes the file has it. */
async function took(lock: string): Promise<boolean> {
  return writeFile(lock, `${process.pid}\n`, { flag: 'wx' }).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'EEXIST') return false;
      throw error;
    },
  );
}

/** Whole or not at all, whatever happens meanwhile. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${randomUUID()}.draft`;
  await writeFile(draft, content);
  await rename(draft, path);
}

function text(of: Incident): string {
  return `${JSON.stringify(incident.parse(of), null, 2)}\n`;
}

function parse(given: string): unknown {
  try {
    return JSON.parse(given);
  } catch {
    return null;
  }
}
