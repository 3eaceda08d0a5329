import { mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Incident, IncidentError, incident } from './incident.ts';

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

  async replace(changed: Incident): Promise<void> {
    await writeWhole(this.#pathOf(changed.id), text(changed));
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

/** Whole or not at all, whatever happens meanwhile. */
export async function writeWhole(path: string, content: string): Promise<void> {
  const draft = `${path}.${process.pid}.draft`;
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
