import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { isObject, type Json, type JsonObject } from '../engine/values.ts';
import type { Cloud } from './cloud.ts';
import { carryOut, fullName, read } from './engine.ts';
import { matches } from './paths.ts';
import { policyOf, setPolicy } from './policies.ts';
import type { Call } from './product.ts';
import { products } from './products.ts';
import { notFound, Refusal } from './refusal.ts';

/** One request and how it was answered. */
export type Told = {
  readonly method: string;
  readonly path: string;
  readonly sent: string;
  readonly status: number;
  readonly answer: string;
};

/**
 * Plays the interfaces of Google Cloud for one project, on this machine alone. The first part of an address is the host of the interface, so that
 * one port is enough for all of them: `http://127.0.0.1:PORT/compute.googleapis.com/compute/v1/projects/...`.
 */
export class GoogleStandIn implements AsyncDisposable {
  readonly cloud: Cloud;
  /** What was refused, and what it has no answer to. */
  readonly refused: Told[] = [];
  readonly #server: Server;
  readonly #watch: (told: Told) => void;

  private constructor(cloud: Cloud, watch: (told: Told) => void) {
    this.cloud = cloud;
    this.#watch = watch;
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(cloud: Cloud, watch: (told: Told) => void = () => {}): Promise<GoogleStandIn> {
    const standIn = new GoogleStandIn(cloud, watch);
    await new Promise<void>((resolve) => standIn.#server.listen(0, '127.0.0.1', resolve));
    return standIn;
  }

  get url(): string {
    const address = this.#server.address();
    if (typeof address !== 'object' || address === null) throw new Error('A socket without a port');
    return `http://127.0.0.1:${address.port}`;
  }

  /** The variables that send the provider here instead of to Google. */
  get environment(): Readonly<Record<string, string>> {
    return Object.fromEntries(
      products.flatMap(({ host, endpoints }) =>
        Object.entries(endpoints).map(([variable, path]) => [
          `GOOGLE_${variable}_CUSTOM_ENDPOINT`,
          `${this.url}/${host}/${path}`,
        ]),
      ),
    );
  }

  /** Turns interfaces on, as an operator does before any program. */
  async turnOn(hosts: readonly string[]): Promise<void> {
    const url = `${this.url}/serviceusage.googleapis.com/v1/projects/${this.cloud.project.id}/services:batchEnable`;
    const headers = { authorization: 'Bearer of-an-operator' };
    const { ok } = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ serviceIds: hosts }) });
    if (!ok) throw new Error(`${hosts.join(', ')} cannot be turned on`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url = '/' } = request;
    const sent = await textOf(request);
    const { status, body } = this.#outcome(method, url, sent, request);
    const answer = JSON.stringify(body);
    const told = { method, path: url, sent, status, answer };
    if (status >= 400) this.refused.push(told);
    this.#watch(told);
    response.writeHead(status, { 'content-type': 'application/json' }).end(answer);
  }

  #outcome(method: string, url: string, text: string, request: IncomingMessage): { status: number; body: Json } {
    try {
      if (!/^Bearer \S/.test(request.headers.authorization ?? ''))
        throw new Refusal(401, 'Request is missing required authentication credential.');
      return { status: 200, body: answerTo(this.cloud, method, url, text) };
    } catch (error) {
      if (error instanceof Refusal) return { status: error.status, body: error.body };
      return { status: 500, body: { error: { code: 500, message: String(error) } } };
    }
  }
}

/** What Google would answer; throws a Refusal. */
function answerTo(cloud: Cloud, method: string, url: string, text: string): Json {
  const { pathname, searchParams: query } = new URL(url, 'http://google');
  const [host = '', ...rest] = decodeURIComponent(pathname.slice(1)).split('/');
  const product = products.find((known) => known.host === host || known.also === host);
  if (product === undefined) throw new Refusal(501, `${host} is not played here`);
  // A version may have been left out of what a provider was told, and be said twice.
  const path = cloud.byId(rest.join('/').replace(/^(?:(?:compute|dns|sql|storage)\/)?v\d\w*\//, ''));
  if (product.always === undefined) refuseWhenOff(cloud, product.host);
  const body: Json = text.startsWith('{') ? (JSON.parse(text) as JsonObject) : {};
  return answerCall({ cloud, product, method, path, query, body: isObject(body) ? body : {} });
}

function answerCall(call: Call): Json {
  const { cloud, product, method, path } = call;
  const operation = cloud.operations.get(fullName(call));
  if (operation !== undefined) return operation;
  for (const { method: methods, path: template, answer } of product.methods ?? []) {
    const parts = methods.split('|').includes(method) ? matches(template, path) : null;
    if (parts !== null) return answer(call, parts);
  }
  const [, name, verb] = /^(.*):([gs]etIamPolicy)$/.exec(path) ?? [];
  if (name !== undefined) return policyAt({ ...call, path: name }, verb === 'setIamPolicy');
  for (const collection of product.collections) {
    if (matches(collection.path, path) !== null) return carryOut(call, collection, null);
    const end = path.lastIndexOf('/');
    if (matches(collection.path, path.slice(0, end)) !== null) return carryOut(call, collection, path.slice(end + 1));
  }
  throw method === 'GET' ? notFound(path) : new Refusal(501, `${method} ${path} is not played here`);
}

function policyAt(call: Call, change: boolean): Json {
  const name = fullName(call);
  read(call, name);
  return change ? setPolicy(call.cloud, name, call.body['policy']) : policyOf(call.cloud, name);
}

/** https://cloud.google.com/service-usage/docs/enabled-service: an interface answers only where it is on. */
function refuseWhenOff({ enabled, project }: Cloud, host: string): void {
  if (enabled.has(host)) return;
  const where = `https://console.developers.google.com/apis/api/${host}/overview?project=${project.number}`;
  const message = `${host} has not been used in project ${project.number} before or it is disabled. Enable it by visiting ${where} then retry.`;
  throw new Refusal(403, message, 'SERVICE_DISABLED');
}

async function textOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
