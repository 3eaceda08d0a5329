import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { wholeOf } from './blocks.ts';
import { readTar, TAR_END, tarHead, tarPadding } from './tar.ts';

const files = {
  a: Buffer.from('one'),
  'base/16384/2619': Buffer.alloc(512, 7),
  [`${'long/'.repeat(30)}name`]: Buffer.alloc(0),
};

function archive(): Buffer {
  const parts = Object.entries(files).flatMap(([path, content]) => [
    tarHead({ path, kind: 'file', bytes: content.length }),
    content,
    tarPadding(content.length),
  ]);
  return Buffer.concat([tarHead({ path: 'base', kind: 'folder', bytes: 0 }), ...parts, TAR_END]);
}

async function* of(bytes: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
}

it('is read again, whatever the chunks', async () => {
  const found: Record<string, Buffer> = {};
  for await (const { entry, content } of readTar(of(archive()))) {
    if (entry.kind === 'file') found[entry.path] = await wholeOf(content());
    else expect(entry.path).toBe('base');
  }
  expect(found).toEqual(files);
});

it('is what tar unpacks', () => {
  const { stdout, stderr, status } = spawnSync('tar', ['-tvf', '-'], { input: archive(), encoding: 'utf8' });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  for (const path of Object.keys(files)) expect(stdout).toContain(path);
});

it.each([100, 600, 1_500])('is refused when it ends after %i bytes', async (length) => {
  const reading = async () => {
    for await (const { content } of readTar(of(archive().subarray(0, length)))) await wholeOf(content());
  };
  await expect(reading()).rejects.toThrow('cut off');
});
