import { createHash, randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type OutgoingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

type Kept = { readonly bytes: Buffer; readonly timeCreated: string; readonly generation: string };
type Session = { readonly name: string; readonly ifGenerationMatch: string | null; bytes: Buffer; isOver: boolean };
/** What goes wrong with the next request that uploads: it is cut off before or after it was taken, refused for a moment, or half is kept. */
export type Fault = 'none' | 'cut before' | 'cut after' | 'busy' | 'half';

/** Null: the connection is cut. `cutAt`: after so many bytes of the body. */
type Answer = {
  readonly status: number;
  readonly headers?: OutgoingHttpHeaders;
  readonly body?: Buffer | string;
  readonly cutAt?: number | null;
} | null;

const UNIT = 256 * 1024;
const PAGE = 2;

/**
 * A bucket as the JSON API of Cloud Storage has it, with the rules that it documents: tokens, sessions of resumable uploads whose parts are
 * multiples of 256 KiB and follow each other, preconditions, retention, ranges, pages.
 */
export class BucketServer {
  readonly #server: Server;
  readonly #name: string;
  readonly #objects = new Map<string, Kept>();
  readonly #sessions = new Map<string, Session>();
  #generation = 0;
  /** What a request must bring. */
  token = 'token-1';
  /** Whether the bucket has a retention policy that what is in it has not outlived. */
  isRetained = true;
  /** How long that policy keeps what is in it. */
  retentionDays = 30;
  /** Names that are held besides. */
  readonly held = new Set<string>();
  /** Of the uploads that come, one each. */
  readonly faults: Fault[] = [];
  /** After how many bytes the next reading is cut off; null never. */
  cutReadingAt: number | null = null;

  private constructor(name: string) {
    this.#name = name;
    this.#server = createServer(async (request, response) => {
      const answer = await this.#answer(request);
      if (answer === null) request.socket.destroy();
      else {
        const { status, headers = {}, body = '', cutAt = null } = answer;
        response.writeHead(status, headers);
        if (cutAt === null) response.end(body);
        else response.write(body.slice(0, cutAt), () => response.destroy());
      }
    });
  }

  static async start(name: string): Promise<BucketServer> {
    const bucket = new BucketServer(name);
    bucket.#server.listen(0, '127.0.0.1');
    await once(bucket.#server, 'listening');
    return bucket;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Sessions that were begun and are not over. */
  get open(): number {
    return [...this.#sessions.values()].filter(({ isOver }) => !isOver).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const { pathname, searchParams } = new URL(request.url ?? '', this.url);
    const objects = `/storage/v1/b/${this.#name}/o`;
    if (request.headers.authorization !== `Bearer ${this.token}`) return refusal(401, 'Invalid Credentials');
    if (pathname.startsWith('/session/')) return this.#continue(request, pathname.slice(9));
    if (pathname === `/upload${objects}` && request.method === 'POST') return this.#begin(searchParams);
    if (pathname === objects) return this.#list(searchParams);
    if (pathname.startsWith(`${objects}/`) && request.method === 'GET')
      return this.#read(request, decodeURIComponent(pathname.slice(objects.length + 1)));
    return refusal(404, 'The specified bucket does not exist.');
  }

  #begin(query: URLSearchParams): Answer {
    const name = query.get('name');
    if (query.get('uploadType') !== 'resumable' || name === null) return refusal(400, 'Bad upload');
    const session = { name, ifGenerationMatch: query.get('ifGenerationMatch'), bytes: Buffer.alloc(0), isOver: false };
    const refused = this.#refusalOf(session);
    if (refused !== null) return refused;
    const id = randomUUID();
    this.#sessions.set(id, session);
    return { status: 200, headers: { location: `${this.url}/session/${id}` } };
  }

  async #continue(request: IncomingMessage, id: string): Promise<Answer> {
    const session = this.#sessions.get(id);
    if (session === undefined) return refusal(404, 'No such session');
    if (request.method === 'DELETE') {
      this.#sessions.delete(id);
      return { status: 499 };
    }
    const range = String(request.headers['content-range']);
    const fault = range.startsWith('bytes */') ? undefined : this.faults.shift();
    if (fault === 'cut before') return null;
    if (fault === 'busy') return refusal(503, 'Try again');
    const bytes = await buffer(request);
    const total = this.#take(session, fault === 'half' ? halfOf(bytes) : bytes, range);
    if (total === 'wrong') return refusal(400, `Content-Range ${range} after ${session.bytes.length} bytes`);
    const refused = total === session.bytes.length ? this.#finish(session) : null;
    if (fault === 'cut after') return null;
    return refused ?? (session.isOver ? said(this.#described(session.name)) : goOn(session));
  }

  /** Gives the length of the whole, where it is known. */
  #take(session: Session, bytes: Buffer, range: string): number | null | 'wrong' {
    const [, first, , total] = /^bytes (?:(\d+)-(\d+)|\*)\/(\d+|\*)$/.exec(range) ?? [];
    if (total === undefined) return 'wrong';
    if (first !== undefined) {
      const isUnit = total !== '*' || bytes.length % UNIT === 0;
      if (Number(first) !== session.bytes.length || !isUnit) return 'wrong';
      session.bytes = Buffer.concat([session.bytes, bytes]);
    }
    return total === '*' ? null : Number(total);
  }

  /** A session that is over says what came of it to whoever asks again. */
  #finish(session: Session): Answer {
    if (session.isOver) return null;
    const { name, bytes } = session;
    const refused = this.#refusalOf(session);
    if (refused !== null) return refused;
    this.#generation += 1;
    this.#objects.set(name, { bytes, timeCreated: new Date().toISOString(), generation: String(this.#generation) });
    session.isOver = true;
    return null;
  }

  #refusalOf({ name, ifGenerationMatch }: Pick<Session, 'name' | 'ifGenerationMatch'>): Answer {
    if (!this.#objects.has(name)) return null;
    if (ifGenerationMatch === '0')
      return refusal(412, 'At least one of the pre-conditions you specified did not hold.');
    return this.isRetained ? refusal(403, `Object '${name}' is subject to bucket's retention policy`) : null;
  }

  #list(query: URLSearchParams): Answer {
    const names = [...this.#objects.keys()].toSorted().filter((name) => name.startsWith(query.get('prefix') ?? ''));
    const from = Number(query.get('pageToken') ?? 0);
    const items = names.slice(from, from + PAGE).map((name) => this.#described(name));
    const more = from + PAGE < names.length ? { nextPageToken: String(from + PAGE) } : {};
    return said({ kind: 'storage#objects', ...(items.length === 0 ? {} : { items }), ...more });
  }

  #read(request: IncomingMessage, name: string): Answer {
    const found = this.#objects.get(name);
    if (found === undefined) return refusal(404, `No such object: ${this.#name}/${name}`);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const body = found.bytes.subarray(from);
    const cutAt = this.cutReadingAt;
    this.cutReadingAt = null;
    const headers = { 'content-length': body.length, 'x-goog-generation': found.generation };
    return { status: from === 0 ? 200 : 206, headers, body, cutAt };
  }

  #described(name: string): object {
    const { bytes = Buffer.alloc(0), timeCreated = '', generation } = this.#objects.get(name) ?? {};
    const md5Hash = createHash('md5').update(bytes).digest('base64');
    const kept = new Date(Date.parse(timeCreated) + this.retentionDays * 86_400_000).toISOString();
    return {
      ...{ kind: 'storage#object', name, size: String(bytes.length), md5Hash, timeCreated, generation },
      ...(this.isRetained ? { retentionExpirationTime: kept } : {}),
      ...(this.held.has(name) ? { temporaryHold: true } : {}),
    };
  }
}

const halfOf = (bytes: Buffer) => bytes.subarray(0, Math.floor(bytes.length / 2 / UNIT) * UNIT);

function goOn({ bytes }: Session): Answer {
  return { status: 308, headers: bytes.length === 0 ? {} : { range: `bytes=0-${bytes.length - 1}` } };
}

function said(body: object): Answer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

function refusal(code: number, message: string): Answer {
  return { ...said({ error: { code, message } }), status: code };
}
