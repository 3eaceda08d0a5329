import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { InvalidInput } from '../../platform/errors.ts';

/** Makes a folder that nobody else can enter. Throws where it holds something. */
export async function emptyFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  if ((await readdir(folder)).length > 0) throw new InvalidInput('--to', folder, 'a folder that is new or empty');
}

/** Writes a file that nobody else can read, whole or not at all. */
export async function writeWhole(path: string, chunks: AsyncIterable<Buffer>): Promise<void> {
  const draft = `${path}.draft`;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  try {
    await pipeline(chunks, createWriteStream(draft, { mode: 0o600 }));
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
