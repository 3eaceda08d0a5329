import { z } from 'zod';

const answer = z.object({
  status: z.literal('success'),
  data: z.discriminatedUnion('resultType', [
    z.object({
      resultType: z.literal('vector'),
      result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: z.tuple([z.number(), z.string()]) })),
    }),
    z.object({ resultType: z.literal('scalar'), result: z.tuple([z.number(), z.string()]) }),
  ]),
});

const MOST_LINES = 8;
const PATIENCE_MS = 10_000;

/** Asks one query now and gives a line for each series, the largest first. Throws an Error that says what the server answered. */
export async function ask(address: string, token: string | undefined, query: string): Promise<string[]> {
  const response = await fetch(`${address.replace(/\/$/, '')}/api/v1/query`, {
    method: 'POST',
    headers: token ? { authorization: `Bearer ${token}` } : {},
    body: new URLSearchParams({ query }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${address} answered ${response.status}: ${text.slice(0, 200)}`);
  const { data } = answer.parse(JSON.parse(text));
  if (data.resultType === 'scalar') return [`= ${data.result[1]}`];
  const lines = data.result
    .toSorted((a, b) => Number(b.value[1]) - Number(a.value[1]))
    .map(({ metric, value }) => `= ${value[1]}  ${labels(metric)}`.trimEnd());
  if (lines.length === 0) return ['= nothing'];
  const more = lines.length - MOST_LINES;
  return more > 0 ? [...lines.slice(0, MOST_LINES), `  and ${more} more`] : lines;
}

function labels({ __name__: _, ...metric }: Readonly<Record<string, string>>): string {
  return Object.entries(metric)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}
