import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

type Answer = { readonly status: number; readonly body: object };
type Operation = {
  readonly type: string;
  readonly target: string;
  readonly effect: () => void;
  left: number;
  failure?: string;
};
/** An instance beside the one that was given: what of its settings matters here, and when it was made. */
export type OtherInstance = { createTime: string; isProtected: boolean; pointInTime?: string };
/** Gives the certificate of a public key (PEM), and says by whom and under which name instances of this server prove who they are. */
export type Authority = {
  readonly dnsName: string;
  readonly certificate: string;
  readonly certify: (publicKey: string) => string;
};

/** A run of a backup as the API has it. */
export type Run = {
  readonly status: string;
  readonly enqueuedTime?: string;
  readonly startTime?: string;
  readonly endTime?: string;
  readonly maxChargeableBytes?: string;
};

const PAGE = 2;

/** The Cloud SQL Admin API v1, as far as it is documented and used here: https://cloud.google.com/sql/docs/postgres/admin-api/rest. */
export class SqlAdminServer {
  readonly #server: Server;
  readonly #instance: string;
  /** What a request must bring. */
  token = 'token-1';
  /** Of the instance, the newest first. */
  runs: Run[] = [];
  /** Null: recovery to a point in time is off. */
  latestRecovery: string | null = null;
  /** The status that the next requests are refused with, one each; 0 cuts the connection. */
  readonly refusals: number[] = [];
  /** Instances by name, but the one that was given. */
  readonly others = new Map<string, OtherInstance>();
  /** How often an operation is asked for before it is done. */
  polls = 2;
  /** What operations of a type (CLONE, UPDATE, DELETE) fail with. */
  readonly failures = new Map<string, string>();
  /** Signs for whoever connects; null: instances have no way in. */
  authority: Authority | null = null;
  /** Done when a clone has been made. */
  onCloned: (name: string) => void = () => undefined;
  readonly #operations = new Map<string, Operation>();
  readonly #project: string;
  /** What was asked, with what was refused. */
  readonly asked: string[] = [];

  private constructor(project: string, name: string) {
    this.#project = `/v1/projects/${project}`;
    this.#instance = `${this.#project}/instances/${name}`;
    this.#server = createServer(async (request, response) => {
      this.asked.push(`${request.method} ${request.url}`);
      const refused = this.refusals.shift();
      if (refused === 0) {
        request.socket.destroy();
        return;
      }
      const { status, body } = refused === undefined ? await this.#answer(request) : refusal(refused, 'not now');
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
  }

  static async start(project: string, name: string): Promise<SqlAdminServer> {
    const admin = new SqlAdminServer(project, name);
    admin.#server.listen(0, '127.0.0.1');
    await once(admin.#server, 'listening');
    return admin;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    if (request.headers.authorization !== `Bearer ${this.token}`) return refusal(401, 'Invalid Credentials');
    if (request.method === 'GET' && pathname === `${this.#instance}/backupRuns`) return this.#listed(searchParams);
    if (request.method === 'GET' && pathname === `${this.#instance}/getLatestRecoveryTime`) return this.#recovery();
    if (request.method === 'POST' && pathname === `${this.#instance}/clone`) return this.#clone(await json(request));
    if (request.method === 'GET' && pathname === `${this.#project}/instances`) return this.#instances();
    const [, kind, name = '', of = ''] =
      /^\/(instances|operations)\/([^/:]+)[/:]?(\w*)$/.exec(pathname.slice(this.#project.length)) ?? [];
    if (kind === 'operations') return this.#operation(name);
    return this.#ofOther(request, name, of);
  }

  async #ofOther(request: IncomingMessage, name: string, of: string): Promise<Answer> {
    const found = this.others.get(name);
    if (found === undefined) return refusal(404, 'The Cloud SQL instance does not exist.');
    if (of === 'connectSettings') return this.#settings();
    const asked = request.method === 'POST' || request.method === 'PATCH' ? await json(request) : {};
    if (of === 'generateEphemeralCert') return this.#certificate(asked);
    if (this.#isBusy(name)) return refusal(409, 'Operation failed because another operation was already in progress.');
    if (request.method === 'PATCH')
      return this.#begin('UPDATE', name, () => {
        const { settings } = asked as { settings: { deletionProtectionEnabled?: boolean } };
        found.isProtected = settings.deletionProtectionEnabled ?? found.isProtected;
      });
    if (request.method !== 'DELETE') return refusal(405, 'no such method');
    if (found.isProtected) return refusal(400, 'The instance is protected. Please disable the deletion protection.');
    return this.#begin('DELETE', name, () => this.others.delete(name));
  }

  #clone(asked: unknown): Answer {
    const { cloneContext } = asked as { cloneContext: { destinationInstanceName: string; pointInTime: string } };
    const { destinationInstanceName: name, pointInTime } = cloneContext;
    if (this.others.has(name)) return refusal(409, 'The Cloud SQL instance already exists.');
    if (this.latestRecovery === null || Date.parse(pointInTime) > Date.parse(this.latestRecovery))
      return refusal(400, `Cannot be recovered to ${pointInTime}`);
    // Settings are those of the original, what protects it among them.
    this.others.set(name, { createTime: new Date().toISOString(), isProtected: true, pointInTime });
    return this.#begin('CLONE', name, () => this.onCloned(name));
  }

  #begin(type: string, target: string, effect: () => void): Answer {
    const name = `operation-${this.#operations.size + 1}`;
    const failure = this.failures.get(type);
    this.#operations.set(name, {
      type,
      target,
      effect,
      left: this.polls,
      ...(failure === undefined ? {} : { failure }),
    });
    return this.#operation(name);
  }

  #isBusy(target: string): boolean {
    return [...this.#operations.values()].some((operation) => operation.target === target && operation.left >= 0);
  }

  #operation(name: string): Answer {
    const found = this.#operations.get(name);
    if (found === undefined) return refusal(404, 'no such operation');
    found.left -= 1;
    if (found.left === -1 && found.failure === undefined) found.effect();
    const status = found.left >= 0 ? 'RUNNING' : 'DONE';
    const { type, target, failure } = found;
    const said = { kind: 'sql#operation', name, status, operationType: type, targetId: target };
    const isFailed = status === 'DONE' && failure !== undefined;
    const error = {
      kind: 'sql#operationErrors',
      errors: [{ kind: 'sql#operationError', code: 'INTERNAL_ERROR', message: failure }],
    };
    return { status: 200, body: isFailed ? { ...said, error } : said };
  }

  #instances(): Answer {
    const items = [...this.others].map(([name, { createTime }]) => ({ kind: 'sql#instance', name, createTime }));
    return said({ kind: 'sql#instancesList', items: [{ name: this.#instance.split('/').at(-1) }, ...items] });
  }

  #settings(): Answer {
    const { dnsName = '', certificate = '' } = this.authority ?? {};
    const named = { name: `${dnsName}.`, connectionType: 'PRIVATE_SERVICE_CONNECT', dnsScope: 'INSTANCE' };
    return said({
      ...{ kind: 'sql#connectSettings', serverCaCert: { cert: certificate }, pscEnabled: true },
      ...(this.authority === null ? {} : { dnsNames: [named] }),
    });
  }

  #certificate(asked: unknown): Answer {
    const { public_key: key, access_token: token } = asked as { public_key: string; access_token: string };
    if (token !== this.token) return refusal(403, 'The token is good for nobody.');
    return said({ ephemeralCert: { kind: 'sql#sslCert', cert: this.authority?.certify(key) ?? '' } });
  }

  #listed(query: URLSearchParams): Answer {
    const from = Number(query.get('pageToken') ?? 0);
    const items = this.runs.slice(from, from + PAGE).map((run) => ({ kind: 'sql#backupRun', ...run }));
    const more = from + PAGE < this.runs.length ? { nextPageToken: String(from + PAGE) } : {};
    return said({ kind: 'sql#backupRunsList', ...(items.length === 0 ? {} : { items }), ...more });
  }

  #recovery(): Answer {
    if (this.latestRecovery === null) return refusal(400, 'Point in time recovery is not enabled for the instance.');
    return said({ kind: 'sql#getLatestRecoveryTime', latestRecoveryTime: this.latestRecovery });
  }
}

function said(body: object): Answer {
  return { status: 200, body };
}

function refusal(code: number, message: string): Answer {
  return { status: code, body: { error: { code, message, errors: [{ message }] } } };
}
