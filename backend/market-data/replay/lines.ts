import { type FileHandle, open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline, type Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { InvalidInput, UserError } from '../../platform/errors.ts';
import { unreadable } from '../unreadable.ts';

/** Consecutive lines of a file without their ends; `first` is the 1-based number of the first of them. */
type Lines = { readonly first: number; readonly texts: readonly string[] };

/** Far longer than any row: what is longer is kept in part only, so that a file without line ends cannot fill the memory. */
const LONGEST_LINE = 4_096;
const CHUNK = 65_536;

/**
 * The lines of a text file, plain or gzip (told by its first two bytes, whatever its name), a piece at a time. Bytes that are not UTF-8
 * come as U+FFFD. Throws a UserError that names the file when it cannot be opened, or its gzip data is cut off or damaged.
 */
export async function* readLines(path: string): AsyncGenerator<Lines> {
  const file = await openFile(path);
  const bytes = (await isGzip(file)) ? gunzipped(file) : plain(file);
  const decoder = new TextDecoder();
  let rest = '';
  let first = 1;
  try {
    for await (const chunk of bytes) {
      const texts = `${rest}${decoder.decode(chunk, { stream: true })}`.split('\n');
      rest = (texts.pop() ?? '').slice(0, LONGEST_LINE);
      if (texts.length > 0) yield { first, texts: texts.map(withoutReturn) };
      first += texts.length;
    }
    const last = rest + decoder.decode();
    if (last !== '') yield { first, texts: [withoutReturn(last)] };
  } catch (error) {
    throw damaged(path, first - 1, error);
  } finally {
    bytes.destroy();
    await file.close();
  }
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    const file = await open(path);
    const stats = await file.stat();
    if (stats.isFile()) return file;

    await file.close();
    // Bars are read twice (once to survey them), which a pipe does not allow.
    throw new InvalidInput(
      '--bars',
      path,
      stats.isDirectory() ? 'a file, not a folder' : 'a regular file, not a pipe or device',
    );
  } catch (error) {
    throw unreadable('--bars', path, error);
  }
}

async function isGzip(file: FileHandle): Promise<boolean> {
  const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
  return buffer[0] === 0x1f && buffer[1] === 0x8b;
}

function plain(file: FileHandle): Readable {
  return file.createReadStream({ start: 0, autoClose: false, highWaterMark: CHUNK });
}

function gunzipped(file: FileHandle): Readable {
  // An error on either side destroys both, and comes out of the loop that reads.
  return pipeline(plain(file), createGunzip({ chunkSize: CHUNK }), () => {});
}

function withoutReturn(text: string): string {
  return text.endsWith('\r') ? text.slice(0, -1) : text;
}

function damaged(path: string, lastLine: number, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!code.startsWith('Z_')) return unreadable('--bars', path, error);

  const what = code === 'Z_BUF_ERROR' ? 'is cut off' : 'is damaged';
  return new UserError(
    'BAD_BARS_FILE',
    `${basename(path)} ${what}: its gzip data cannot be read beyond line ${lastLine}, expected a whole gzip file`,
    { cause: error },
  );
}
