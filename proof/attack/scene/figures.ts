import { setTimeout as sleep } from 'node:timers/promises';

/** The samples of a page of Prometheus, by name and labels as they stand there. */
export type Figures = ReadonlyMap<string, number>;

export function parseFigures(page: string): Figures {
  const samples = page.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    samples.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The sum of a family over all labels that contain these. */
export function sumOf(figures: Figures, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  let sum = 0;
  for (const [key, value] of figures)
    if ((key === name || key.startsWith(`${name}{`)) && wanted.every((text) => key.includes(text))) sum += value;
  return sum;
}

/** How many subscriptions are counted as open when all have gone: it may take the service some seconds to notice that. */
export async function leftOver(figures: () => Promise<Figures>): Promise<number> {
  let left = Number.NaN;
  for (const end = performance.now() + 10_000; left !== 0 && performance.now() < end; await sleep(50))
    left = sumOf(await figures(), 'graphql_subscriptions_active');
  return left;
}

/** How many series there are. */
export const seriesIn = (figures: Figures): number => figures.size;
