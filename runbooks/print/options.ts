import { parseArgs } from 'node:util';

export const HELP = `Prints the page of an alert, or a procedure, with its queries filled in; and, where it can ask a Prometheus, what they give now.

Usage: npm run --silent runbook -- NAME [--prometheus URL]

  --list            every page, one a line
  --prometheus URL  the Prometheus to ask, or whatever answers /api/v1/query below that address (default: PROMETHEUS_URL)
  --help            this text

In the cluster it is reached by kubectl -n observability port-forward deployment/frontend 9090:9090, then PROMETHEUS_URL=http://127.0.0.1:9090.
Past that, Managed Prometheus itself takes a bearer token, PROMETHEUS_TOKEN=$(gcloud auth print-access-token), at
  PROMETHEUS_URL=https://monitoring.googleapis.com/v1/projects/$(gcloud config get project)/location/global/prometheus

Exit code: 0 printed, 1 the Prometheus could not be asked, 2 a wrong argument.`;

export type Asked =
  | { readonly kind: 'help' }
  | { readonly kind: 'list' }
  | { readonly kind: 'page'; readonly name: string; readonly prometheus: string | null }
  | { readonly kind: 'wrong'; readonly message: string };

/** What the arguments ask for. `names` are those of the pages. */
export function read(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Asked {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { help: { type: 'boolean' }, list: { type: 'boolean' }, prometheus: { type: 'string' } },
    });
    if (values.help) return { kind: 'help' };
    if (values.list) return { kind: 'list' };
    const [given, ...more] = positionals;
    if (given === undefined || more.length > 0)
      return { kind: 'wrong', message: `expected the name of one page, given ${positionals.length}: --list has all` };
    const prometheus = values.prometheus ?? env['PROMETHEUS_URL'] ?? null;
    if (prometheus !== null && !/^https?:\/\//.test(prometheus))
      return { kind: 'wrong', message: `--prometheus is ${JSON.stringify(prometheus)}, expected http:// or https://` };
    const name = names.find((one) => one.toLowerCase() === given.toLowerCase());
    if (name !== undefined) return { kind: 'page', name, prometheus };
    const near = nearest(given, names);
    return {
      kind: 'wrong',
      message: `there is no page ${JSON.stringify(given.slice(0, 64))}${near ? `, did you mean ${near}?` : ''} --list has all`,
    };
  } catch (error) {
    return { kind: 'wrong', message: error instanceof Error ? error.message : String(error) };
  }
}

/** The name that fewest letters would have to be changed for; null when even that is another word. */
function nearest(given: string, names: readonly string[]): string | null {
  const wanted = given.slice(0, 64).toLowerCase();
  const [best] = names
    .map((name) => ({ name, away: distance(wanted, name.toLowerCase()) }))
    .toSorted((a, b) => a.away - b.away);
  if (best !== undefined && best.away <= Math.max(2, wanted.length / 3)) return best.name;
  return names.find((name) => wanted.length > 3 && name.toLowerCase().includes(wanted)) ?? null;
}

/** Letters to add, to take away or to change (Levenshtein). */
function distance(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [row, letter] of [...a].entries()) {
    const line = [row + 1];
    for (const [column, other] of [...b].entries())
      line.push(
        Math.min(
          (above[column] ?? 0) + (letter === other ? 0 : 1),
          (above[column + 1] ?? 0) + 1,
          (line[column] ?? 0) + 1,
        ),
      );
    above = line;
  }
  return above.at(-1) ?? 0;
}
