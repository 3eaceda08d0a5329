import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { type Ask, BucketError } from './bucket-error.ts';
import { ResumableUpload } from './resumable-upload.ts';

export type BucketOptions = {
  readonly name: string;
  /** Of the JSON API of Cloud Storage. */
  readonly url?: string;
  /** A token that is good now. */
  readonly token: () => Promise<string>;
  /** Spreads what is tried again; 0 to 1. */
  readonly random: () => number;
  /** Before the second attempt; twice as long before each after it. ms */
  readonly backoffMs?: number;
  /** Of one part of an upload, which is held in memory: a multiple of 256 KiB. */
  readonly partBytes?: number;
};

const objectSchema = z.object({
  name: z.string(),
  size: z.string(),
  md5Hash: z.string().optional(),
  timeCreated: z.iso.datetime(),
  retentionExpirationTime: z.iso.datetime().optional(),
  temporaryHold: z.boolean().optional(),
  eventBasedHold: z.boolean().optional(),
});
const pageSchema = z.object({ items: z.array(objectSchema).optional(), nextPageToken: z.string().optional() });
/** What the listing tells of an object. */
export type BucketObject = z.infer<typeof objectSchema>;

/** Of a listing: what is read of it. */
const FIELDS = `items(${Object.keys(objectSchema.shape).join(',')}),nextPageToken`;

const URL_OF_GOOGLE = 'https://storage.googleapis.com';
const TIMEOUT_MS = 120_000;
const ATTEMPTS = 6;
const PART_BYTES = 8 * 1024 * 1024;

/** A bucket of Cloud Storage by its JSON API: https://cloud.google.com/storage/docs/json_api. Nothing in it is overwritten from here. */
export class Bucket {
  readonly #options: BucketOptions;

  constructor(options: BucketOptions) {
    this.#options = options;
  }

  /** Keeps all chunks under a name, or nothing. Throws a BucketError, with status 412 when there is something of that name. */
  async put(name: string, chunks: AsyncIterable<Buffer>): Promise<BucketObject> {
    const query = new URLSearchParams({ uploadType: 'resumable', name, ifGenerationMatch: '0' });
    const headers = { 'content-type': 'application/json', 'x-upload-content-type': 'application/octet-stream' };
    const begun = await this.again(() =>
      this.ask(`/upload${this.#path}?${query}`, { method: 'POST', headers, body: Buffer.from('{}') }),
    );
    const session = begun.headers.get('location');
    if (session === null) throw new BucketError(0, `${name}: the answer has no address to upload to`);
    const { partBytes = PART_BYTES } = this.#options;
    return objectSchema.parse(await new ResumableUpload(this, session, partBytes).send(chunks));
  }

  /** Goes on where it was broken off. Throws a BucketError, with status 404 when there is nothing of that name. */
  async *get(name: string): AsyncGenerator<Buffer> {
    const path = `${this.#path}/${encodeURIComponent(name)}?alt=media`;
    let offset = 0;
    let generation: string | null = null;
    for (let broken = 0; ; broken += 1) {
      const headers = offset === 0 ? {} : { range: `bytes=${offset}-` };
      const same: string = generation === null ? '' : `&generation=${generation}`;
      const response: Response = await this.again(() => this.ask(`${path}${same}`, { headers }));
      generation ??= response.headers.get('x-goog-generation');
      try {
        for await (const chunk of response.body ?? []) {
          offset += chunk.length;
          yield Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
        }
        return;
      } catch (error) {
        if (broken + 1 >= ATTEMPTS)
          throw new BucketError(0, `${name} was broken off after ${offset} bytes: ${reasonOf(error)}`);
        await this.#rest(broken + 1);
      }
    }
  }

  /** All whose names begin so, in the order of their names. */
  async list(prefix: string): Promise<BucketObject[]> {
    const found: BucketObject[] = [];
    let page: string | undefined;
    do {
      const query = new URLSearchParams({ prefix, fields: FIELDS, ...(page === undefined ? {} : { pageToken: page }) });
      const response = await this.again(() => this.ask(`${this.#path}?${query}`));
      const { items = [], nextPageToken } = pageSchema.parse(await response.json());
      found.push(...items);
      page = nextPageToken;
    } while (page !== undefined);
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** Throws a BucketError unless the answer is one of success, or 308: go on. `address` is a path, or the whole of it. */
  async ask(address: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Response> {
    const { url = URL_OF_GOOGLE, token } = this.#options;
    const authorization = `Bearer ${await token()}`;
    const response = await fetch(address.startsWith('/') ? `${url}${address}` : address, {
      ...{ method, headers: { ...headers, authorization }, redirect: 'manual' },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
      ...(method === 'GET' ? {} : { signal: AbortSignal.timeout(TIMEOUT_MS) }),
    }).catch((error: unknown) => {
      throw new BucketError(0, `Cloud Storage gave no answer: ${reasonOf(error)}`);
    });
    if (response.ok || response.status === 308) return response;
    const said = (await response.text().catch(() => '')).slice(0, 300);
    throw new BucketError(
      response.status,
      `Cloud Storage answered ${response.status} of ${this.#options.name}: ${said}`,
    );
  }

  /** Tries again what failed for a moment: https://cloud.google.com/storage/docs/retry-strategy. Each attempt is told how many went before. */
  async again<Result>(attempt: (before: number) => Promise<Result>): Promise<Result> {
    for (let before = 0; ; before += 1) {
      try {
        return await attempt(before);
      } catch (error) {
        const isPassing = error instanceof BucketError && [0, 408, 429, 500, 502, 503, 504].includes(error.status);
        if (!isPassing || before + 1 >= ATTEMPTS) throw error;
        await this.#rest(before + 1);
      }
    }
  }

  get #path(): string {
    return `/storage/v1/b/${encodeURIComponent(this.#options.name)}/o`;
  }

  #rest(attempt: number): Promise<void> {
    const { random, backoffMs = 500 } = this.#options;
    return sleep(backoffMs * 2 ** (attempt - 1) * (0.5 + random() / 2));
  }
}

/** fetch says no more than that it failed, and why beneath. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? error.cause.message : error.message;
}
