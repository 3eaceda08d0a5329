import type { Benchmark, Figure, Measured, Outcome, Variant } from './benchmark.ts';

/** Rounds that are run and not counted: the compiler and the caches get to know the work. */
const WARM_UPS = 2;

/** Runs the variants of a benchmark in turn, A B A B, and checks what they made. `counted`: rounds. */
export async function measure(benchmark: Benchmark, counted: number = benchmark.rounds): Promise<Outcome> {
  const prepared = await benchmark.prepare();
  try {
    const { variants, notes } = prepared;
    const rounds = variants.map((): Figure[] => []);
    for (let round = -WARM_UPS; round < counted; round++) {
      for (const [index, variant] of variants.entries()) {
        const figure = await runOnce(variant);
        if (round >= 0) rounds[index]?.push(figure);
      }
    }
    const figures = variants.map(({ name, role }, index) => ({ name, role, ...summaryOf(rounds[index] ?? []) }));
    return { benchmark, figures, notes, checked: await prepared.check() };
  } finally {
    await prepared.close();
  }
}

async function runOnce(variant: Variant): Promise<Figure> {
  await variant.setUp?.();
  const before = cpuOf(variant);
  const begin = performance.now();
  const units = await variant.run();
  const wall = (performance.now() - begin) * 1_000;
  if (variant.figure !== undefined) return { cpu: variant.figure() / units, wall: null };
  return { cpu: (cpuOf(variant) - before) / units, wall: wall / units };
}

/** In microseconds since it began. */
function cpuOf({ server, elsewhere }: Variant): number {
  const { user, system } = process.cpuUsage();
  return (server?.() ?? user + system) + (elsewhere?.() ?? 0);
}

function summaryOf(figures: readonly Figure[]): Pick<Measured, 'cpu' | 'wall' | 'middle'> {
  const cpu = figures.map((figure) => figure.cpu);
  const wall = figures.flatMap((figure) => figure.wall ?? []);
  const middleWall = wall.length === 0 ? null : quantile(wall, 0.5);
  return { cpu: quantile(cpu, 0.5), wall: middleWall, middle: [quantile(cpu, 0.25), quantile(cpu, 0.75)] };
}

/** Of two that would do the lower one, so that it is one that was measured. */
function quantile(values: readonly number[], part: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor((values.length - 1) * part)] ?? Number.NaN;
}
