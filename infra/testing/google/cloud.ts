import type { JsonObject } from '../engine/values.ts';

/** A fixed project: everything that the stand-in knows is in it. */
export type Project = { readonly id: string; readonly number: string };

/** What may be granted on a resource, as setIamPolicy takes it. */
export type Policy = JsonObject & { readonly etag: string };

export type CloudOptions = {
  readonly project: Project;
  /** Epoch milliseconds; another one makes a name's week pass. */
  readonly now?: () => number;
  /** HOST:PORT of the API server that every cluster turns out to be; it is asked when a cluster is made. */
  readonly cluster?: () => string;
};

/**
 * All that exists in the project, by full name as Google writes it: `//HOST/projects/ID/...`, with the project's id and never its number.
 */
export class Cloud {
  readonly project: Project;
  readonly resources = new Map<string, JsonObject>();
  readonly policies = new Map<string, Policy>();
  /** When something of a name went, in epoch milliseconds. */
  readonly gone = new Map<string, number>();
  readonly operations = new Map<string, JsonObject>();
  /** Interfaces that answer, by their hosts; the one that turns on the others always does. */
  readonly enabled = new Set(['serviceusage.googleapis.com']);
  readonly now: () => number;
  readonly cluster: () => string;
  #count = 0;

  constructor({ project, now = Date.now, cluster = () => '127.0.0.1:1' }: CloudOptions) {
    this.project = project;
    this.now = now;
    this.cluster = cluster;
  }

  /** Another number each time, such as those that Google makes up for what has no name of its own. */
  number(): string {
    this.#count += 1;
    return String(10 ** 15 + this.#count);
  }

  etag(): string {
    return Buffer.from(this.number()).toString('base64');
  }

  get(name: string): JsonObject | undefined {
    return this.resources.get(name);
  }

  /** Full names, with what is there, below a name that ends in a slash. */
  below(prefix: string): readonly (readonly [name: string, resource: JsonObject])[] {
    return [...this.resources].filter(([name]) => name.startsWith(prefix));
  }

  /** Takes a resource away with all that is in it. */
  remove(name: string): void {
    for (const inner of [name, ...this.below(`${name}/`).map(([found]) => found)]) {
      this.resources.delete(inner);
      this.policies.delete(inner);
      this.gone.set(inner, this.now());
    }
  }

  /** The same path with the project's id where its number, or nothing in particular, was said. */
  byId(path: string): string {
    const { id, number } = this.project;
    return path.replace(/^(.*?\b)?projects\/([^/:]+)/, (whole, before: string | undefined, said: string) =>
      said === number || said === '-' ? `${before ?? ''}projects/${id}` : whole,
    );
  }

  byNumber(path: string): string {
    return path.replace(`projects/${this.project.id}`, `projects/${this.project.number}`);
  }
}
