import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { EngineEvent } from './events.ts';
import { execute, follow } from './execute.ts';
import { memoryOf, treeOf } from './processes.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heliograph-execute-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('gives each event of a log once, when its line is whole', () => {
  const log = join(folder, 'events.jsonl');
  const events: EngineEvent[] = [];
  writeFileSync(log, '');
  const look = follow(log, (event) => events.push(event));
  appendFileSync(log, '{"summaryEvent":{"resourceChanges":{"same":1}}}\n{"summary');
  look();
  look();
  expect(events).toHaveLength(1);
  appendFileSync(log, 'Event":{}}\n');
  look();
  expect(events).toEqual([{ summaryEvent: { resourceChanges: { same: 1 } } }, { summaryEvent: {} }]);
});

it('tells how a command ended, and what it printed', async () => {
  const output = join(folder, 'output.txt');
  const { ended } = execute(['WORD=said', 'sh', '-c', 'echo "$WORD" >&2; exit 3'], { folder, output });
  expect(await ended).toMatchObject({ exitCode: 3, output: 'said\n' });
});

it('kills a command with all that it has started', async () => {
  const output = join(folder, 'output.txt');
  const before = treeOf(process.pid);
  const others = () => treeOf(process.pid).filter((pid) => !before.includes(pid));
  let seen: (pids: readonly number[]) => void = () => undefined;
  const both = new Promise<readonly number[]>((resolve) => {
    seen = resolve;
  });
  const look = () => {
    if (others().length === 2) seen(others());
  };
  const { ended, kill } = execute(['sh', '-c', 'sleep 600 & wait'], { folder, output, look });
  const started = await both;
  kill();
  expect((await ended).exitCode).toBeNull();
  // One that has ended holds nothing, even while nobody has asked how.
  await expect.poll(() => memoryOf(started)).toBe(0);
});
