const ROUNDS = 40;
const ATTEMPTS = 5;
/** Below this nobody over a network tells two answers apart. */
const LEAST_MS = 0.5;
const LEAST_SHARE = 0.2;

/**
 * Whether one of two takes longer than the other, each time that it is looked at and always the same one; null when not. They are done in turns,
 * so that what the machine does besides meets both alike, and the quickest quarter of each is compared.
 */
export async function tellsApart(one: () => Promise<unknown>, other: () => Promise<unknown>): Promise<string | null> {
  const differences: number[] = [];
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const [a, b] = await quartiles(one, other);
    const difference = a - b;
    if (Math.abs(difference) < LEAST_MS || Math.abs(difference) < LEAST_SHARE * Math.min(a, b)) return null;
    differences.push(difference);
    if (differences.some((seen) => Math.sign(seen) !== Math.sign(difference))) return null;
  }
  return `one takes longer than the other, by ${differences.map((ms) => ms.toFixed(1)).join(', ')} ms`;
}

async function quartiles(
  one: () => Promise<unknown>,
  other: () => Promise<unknown>,
): Promise<readonly [number, number]> {
  const taken: readonly [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    taken[0].push(await timed(one));
    taken[1].push(await timed(other));
  }
  return [quartile(taken[0]), quartile(taken[1])];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begin = performance.now();
  await work();
  return performance.now() - begin;
}

const quartile = (times: number[]): number => times.sort((a, b) => a - b)[Math.floor(times.length / 4)] ?? 0;
