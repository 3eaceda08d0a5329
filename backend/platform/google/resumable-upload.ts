import { createHash } from 'node:crypto';
import { type Ask, BucketError } from './bucket-error.ts';

/** Who asks Cloud Storage. */
type Asker = {
  ask(address: string, ask: Ask): Promise<Response>;
  again<Result>(attempt: (before: number) => Promise<Result>): Promise<Result>;
};

/**
 * An upload whose length nobody knows before its end, part by part, as https://cloud.google.com/storage/docs/performing-resumable-uploads has it.
 * What was cut off goes on with what the server has not got; until the last part has come there is nothing to be seen of it.
 */
export class ResumableUpload {
  readonly #asker: Asker;
  readonly #session: string;
  readonly #partBytes: number;

  /** `partBytes` is a multiple of 256 KiB; one part is held in memory. */
  constructor(asker: Asker, session: string, partBytes: number) {
    this.#asker = asker;
    this.#session = session;
    this.#partBytes = partBytes;
  }

  /** Gives what the server says of the object. Throws a BucketError, or what the chunks throw; then nothing is kept. */
  async send(chunks: AsyncIterable<Buffer>): Promise<unknown> {
    const hash = createHash('md5');
    let offset = 0;
    try {
      for await (const { bytes, isLast } of inParts(chunks, this.#partBytes)) {
        hash.update(bytes);
        const told = await this.#part(bytes, offset, isLast);
        offset += bytes.length;
        if (isLast) return matching(told, offset, hash.digest('base64'));
      }
      throw new Error('an upload has a last part');
    } catch (error) {
      await this.#asker.ask(this.#session, { method: 'DELETE' }).catch(() => undefined);
      throw error;
    }
  }

  /** Gives what the server says once it has all of the object; null before. */
  async #part(bytes: Buffer, offset: number, isLast: boolean): Promise<unknown> {
    const total = isLast ? String(offset + bytes.length) : '*';
    return this.#asker.again(async (before) => {
      if (before === 0) return this.#rest(bytes, offset, total);
      // What became of the attempt before only the server knows.
      const asked = await this.#ask(NOTHING, `bytes */${total}`);
      if (asked.status !== 308) return asked.json();
      const kept = keptOf(asked);
      if (kept === offset + bytes.length && !isLast) return null;
      return this.#rest(bytes.subarray(kept - offset), kept, total);
    });
  }

  /** The server may keep less than it was sent: it gets what is left. */
  async #rest(bytes: Buffer, offset: number, total: string): Promise<unknown> {
    const end = offset + bytes.length;
    for (let kept = offset; ; ) {
      const left = bytes.subarray(kept - offset);
      const response = await this.#ask(left, `bytes ${left.length === 0 ? '*' : `${kept}-${end - 1}`}/${total}`);
      if (response.status !== 308) return response.json();
      const now = keptOf(response);
      if (now === end && total === '*') return null;
      if (now <= kept) throw new BucketError(503, `Cloud Storage keeps nothing after byte ${kept}`);
      kept = now;
    }
  }

  #ask(body: Buffer, range: string): Promise<Response> {
    return this.#asker.ask(this.#session, { method: 'PUT', headers: { 'content-range': range }, body });
  }
}

/** How many bytes the server has: it says the last one, and nothing while it has none. */
function keptOf(response: Response): number {
  const [, last] = /^bytes=0-(\d+)$/.exec(response.headers.get('range') ?? '') ?? [];
  return last === undefined ? 0 : Number(last) + 1;
}

/** What is stored must be what was sent. */
function matching(told: unknown, bytes: number, md5: string): unknown {
  const { name, size, md5Hash } = told as { name?: string; size?: string; md5Hash?: string };
  if (size === String(bytes) && (md5Hash === undefined || md5Hash === md5)) return told;
  throw new BucketError(0, `${name} is stored with ${size} bytes and the MD5 ${md5Hash}, expected ${bytes} and ${md5}`);
}

const NOTHING = Buffer.alloc(0);

type Part = { readonly bytes: Buffer; readonly isLast: boolean };

/** Parts of one size but for the last, which is known to be it. */
async function* inParts(chunks: AsyncIterable<Buffer>, size: number): AsyncGenerator<Part> {
  let held: Buffer[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    held.push(chunk);
    length += chunk.length;
    if (length <= size) continue;
    let all = Buffer.concat(held);
    for (; all.length > size; all = all.subarray(size)) yield { bytes: all.subarray(0, size), isLast: false };
    held = [all];
    length = all.length;
  }
  yield { bytes: Buffer.concat(held), isLast: true };
}
