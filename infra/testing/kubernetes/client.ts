import { Agent, fetch } from 'undici';
import type { JsonObject } from '../engine/values.ts';

/** A Kubernetes object, as far as everything of a cluster has it. */
export type KubernetesObject = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
};

/** The API server said no: `status` is its HTTP status, the message its own. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

type Discovered = { readonly name: string; readonly kind: string; readonly namespaced: boolean };
type Request = { readonly method: string; readonly body?: unknown; readonly type?: string };

/** All that a check asks of an API server. Every write is by one owner of fields, and unknown fields are refused. */
export class Client {
  readonly #url: string;
  readonly #token: string;
  readonly #agent: Agent;
  readonly #discovered = new Map<string, Promise<readonly Discovered[]>>();

  constructor(url: string, token: string, certificate: string) {
    this.#url = url;
    this.#token = token;
    this.#agent = new Agent({ connect: { ca: certificate } });
  }

  /** Sends a request; throws Refused. */
  async send<Answer>(path: string, { method, body, type = 'application/json' }: Request): Promise<Answer> {
    const response = await fetch(`${this.#url}${path}`, {
      dispatcher: this.#agent,
      method,
      headers: { authorization: `Bearer ${this.#token}`, 'content-type': type },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    if (response.ok) return (text.startsWith('{') ? JSON.parse(text) : text) as Answer;
    const message = text.startsWith('{') ? (JSON.parse(text) as { message?: string }).message : text;
    throw new Refused(response.status, message ?? text);
  }

  get<Answer>(path: string): Promise<Answer> {
    return this.send(path, { method: 'GET' });
  }

  async list<Item>(path: string): Promise<readonly Item[]> {
    return (await this.get<{ readonly items: readonly Item[] }>(path)).items;
  }

  /** Server-side apply, as the provider of Pulumi does it; a field that somebody else owns is a conflict. */
  async apply(object: KubernetesObject, { dryRun = false } = {}): Promise<JsonObject> {
    const path = `${await this.pathOf(object)}?fieldManager=heliograph&fieldValidation=Strict${dryRun ? '&dryRun=All' : ''}`;
    return this.send(path, { method: 'PATCH', body: object, type: 'application/apply-patch+yaml' });
  }

  /** Asks whether an object would be made, and makes nothing. */
  async tryCreate(object: KubernetesObject): Promise<JsonObject> {
    const path = (await this.pathOf(object)).replace(/\/[^/]*$/, '');
    return this.send(`${path}?dryRun=All&fieldValidation=Strict`, { method: 'POST', body: object });
  }

  async patch(path: string, body: unknown): Promise<JsonObject> {
    return this.send(path, { method: 'PATCH', body, type: 'application/merge-patch+json' });
  }

  /** In the foreground, so that what it owns is gone with it; nothing happens when it is not there. */
  async delete(object: KubernetesObject): Promise<void> {
    try {
      await this.send(`${await this.pathOf(object)}?propagationPolicy=Foreground`, { method: 'DELETE' });
    } catch (error) {
      if (!(error instanceof Refused && error.status === 404)) throw error;
    }
  }

  async pathOf({ apiVersion, kind, metadata }: KubernetesObject): Promise<string> {
    const root = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
    const found = (await this.#kinds(root)).find((known) => known.kind === kind);
    if (!found) throw new Refused(404, `the server has no ${kind} in ${apiVersion}`);
    const folder = found.namespaced ? `/namespaces/${metadata.namespace ?? 'default'}` : '';
    return `${root}${folder}/${found.name}/${metadata.name}`;
  }

  // What is not there yet may come with a CustomResourceDefinition.
  #kinds(root: string): Promise<readonly Discovered[]> {
    const known = this.#discovered.get(root);
    if (known) return known;
    const asked = this.get<{ readonly resources: readonly Discovered[] }>(root).then(
      ({ resources }) => resources.filter(({ name }) => !name.includes('/')),
      (error: unknown) => {
        this.#discovered.delete(root);
        throw error;
      },
    );
    this.#discovered.set(root, asked);
    return asked;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }
}
