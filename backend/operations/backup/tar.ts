import { wholeOf } from './blocks.ts';
import { Damaged } from './damaged.ts';

/** A file or folder of an archive. */
export type Entry = { readonly path: string; readonly kind: 'file' | 'folder'; readonly bytes: number };

const BLOCK = 512;
const FIELDS = { name: [0, 100], size: [124, 12], checksum: [148, 8], type: [156, 1], prefix: [345, 155] } as const;

/** The head of an entry as POSIX has it (ustar): `tar` unpacks our archives without us. */
export function tarHead({ path, kind, bytes }: Entry): Buffer {
  const name = kind === 'folder' ? `${path}/` : path;
  const cut = name.length <= 100 ? 0 : name.indexOf('/', name.length - 101) + 1;
  if (Buffer.byteLength(name) !== name.length || name.length - cut > 100 || cut > 155 || bytes >= 8 ** 11)
    throw new Error(`"${path}" with ${bytes} bytes does not fit into an archive`);
  const head = Buffer.alloc(BLOCK);
  head.write(name.slice(cut), 0);
  head.write(kind === 'folder' ? '0000700' : '0000600', 100);
  for (const owner of [108, 116]) head.write('0000000', owner);
  head.write(bytes.toString(8).padStart(11, '0'), FIELDS.size[0]);
  head.write('00000000000', 136);
  head.write(kind === 'folder' ? '5' : '0', FIELDS.type[0]);
  head.write('ustar\x0000', 257);
  if (cut > 0) head.write(name.slice(0, cut - 1), FIELDS.prefix[0]);
  head.fill(' ', 148, 156);
  head.write(`${sumOf(head).toString(8).padStart(6, '0')}\0 `, FIELDS.checksum[0]);
  return head;
}

/** What follows the content of a file, so that the next entry begins at a multiple of 512 bytes. */
export function tarPadding(bytes: number): Buffer {
  return Buffer.alloc((BLOCK - (bytes % BLOCK)) % BLOCK);
}

export const TAR_END = Buffer.alloc(2 * BLOCK);

/** The entries of an archive, each with its content, which must be read to its end before the next one is asked for. Throws Damaged. */
export async function* readTar(
  chunks: AsyncIterable<Buffer>,
): AsyncGenerator<{ readonly entry: Entry; readonly content: () => AsyncGenerator<Buffer> }> {
  const source = new Bytes(chunks);
  for (;;) {
    const head = await source.exactly(BLOCK);
    if (head.every((byte) => byte === 0)) return await source.drain();
    const entry = entryOf(head);
    yield { entry, content: () => source.upTo(entry.bytes) };
    await source.exactly(tarPadding(entry.bytes).length);
  }
}

function entryOf(head: Buffer): Entry {
  const text = ([from, length]: readonly [number, number]) =>
    head.toString('latin1', from, from + length).replace(/\0.*$/s, '');
  const unsummed = Buffer.from(head).fill(' ', 148, 156);
  if (Number.parseInt(text(FIELDS.checksum), 8) !== sumOf(unsummed))
    throw new Damaged('the head of an entry of the archive has a wrong checksum');
  const prefix = text(FIELDS.prefix);
  const path = `${prefix === '' ? '' : `${prefix}/`}${text(FIELDS.name)}`.replace(/\/$/, '');
  return {
    path,
    kind: text(FIELDS.type) === '5' ? 'folder' : 'file',
    bytes: Number.parseInt(text(FIELDS.size), 8),
  };
}

function sumOf(head: Buffer): number {
  return head.reduce((sum, byte) => sum + byte, 0);
}

/** Chunks, of which somebody wants a certain number of bytes at a time. */
class Bytes {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async *upTo(bytes: number): AsyncGenerator<Buffer> {
    for (let left = bytes; left > 0; ) {
      if (this.#rest.length === 0) {
        const { value, done } = await this.#chunks.next();
        if (done === true) throw new Damaged('the archive was cut off');
        this.#rest = value;
      }
      const part = this.#rest.subarray(0, left);
      this.#rest = this.#rest.subarray(part.length);
      left -= part.length;
      yield part;
    }
  }

  exactly(bytes: number): Promise<Buffer> {
    return wholeOf(this.upTo(bytes));
  }

  /** To the end, where whoever made the chunks knows whether they were right. */
  async drain(): Promise<void> {
    while ((await this.#chunks.next()).done !== true);
  }
}
