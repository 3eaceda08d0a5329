/** A series of an answer: its labels, and its values at unix seconds. */
export type Series = {
  readonly labels: Readonly<Record<string, string>>;
  readonly points: readonly (readonly [at: number, value: number])[];
};

export type Span = { readonly from: number; readonly until: number; readonly step: number };

/** Asks a Prometheus over a span, in unix seconds. Throws an Error that has its words where it refuses. */
export async function askRange(
  address: string,
  query: string,
  { from, until, step }: Span,
): Promise<readonly Series[]> {
  const body = new URLSearchParams({ query, start: String(from), end: String(until), step: String(step) });
  const result = await ask<{ metric: Record<string, string>; values: [number, string][] }[]>(
    `${address}/api/v1/query_range`,
    body,
    query,
  );
  return result.map(({ metric, values }) => ({
    labels: metric,
    points: values.map(([at, value]) => [at, Number(value)] as const),
  }));
}

/** Asks it for this moment. */
export async function askNow(address: string, query: string): Promise<readonly Series[]> {
  const body = new URLSearchParams({ query });
  const result = await ask<{ metric: Record<string, string>; value: [number, string] }[]>(
    `${address}/api/v1/query`,
    body,
    query,
  );
  return result.map(({ metric, value: [at, value] }) => ({ labels: metric, points: [[at, Number(value)] as const] }));
}

/** The values that Grafana offers for `label_values(series, label)`. */
export async function labelValues(address: string, definition: string): Promise<readonly string[]> {
  const [, series = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
  const body = new URLSearchParams({ 'match[]': series });
  return ask<string[]>(`${address}/api/v1/label/${label}/values?${body}`, null, definition);
}

async function ask<Result>(url: string, body: URLSearchParams | null, query: string): Promise<Result> {
  const answer = await fetch(url, body ? { method: 'POST', body } : {});
  const { data, error } = (await answer.json()) as { data?: Result | { result: Result }; error?: string };
  if (data === undefined) throw new Error(`Prometheus refuses ${query.slice(0, 300)}: ${error}`);
  return typeof data === 'object' && data !== null && 'result' in data ? data.result : (data as Result);
}
