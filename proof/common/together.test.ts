import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { together } from './together.ts';

async function* every(
  ms: number,
  values: readonly string[],
  ended: (last: string) => void,
): AsyncGenerator<string, void> {
  let last = 'none';
  try {
    for (const value of values) {
      await sleep(ms);
      last = value;
      yield value;
    }
  } finally {
    ended(last);
  }
}

const nothing = (): void => {};

async function all(values: AsyncIterable<string>): Promise<string[]> {
  const heard: string[] = [];
  for await (const value of values) heard.push(value);
  return heard;
}

it('what several generators give comes as it is given, all of it', async () => {
  const both = together([every(1, ['a', 'b', 'c'], nothing), every(1_000, ['slow'], nothing)]);
  expect(await all(both)).toEqual(['a', 'b', 'c', 'slow']);
});

it('when one fails the others are ended', async () => {
  const ends: string[] = [];
  async function* failing(): AsyncGenerator<string, void> {
    await sleep(20);
    yield 'first';
    throw new Error('as it must');
  }
  const both = together([
    failing(),
    every(
      1,
      Array.from({ length: 10_000 }, (_, index) => String(index)),
      (last) => ends.push(last),
    ),
  ]);
  await expect(all(both)).rejects.toThrow('as it must');
  expect(ends).toHaveLength(1);
  expect(Number(ends[0])).toBeLessThan(9_999);
});
