import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** A dashboard as Grafana reads it, and the name of its file without the ending. */
export type Dashboard = { readonly name: string; readonly text: string };

const FOLDER = join(import.meta.dirname, '../../dashboards/generated');
/** What an API server takes of one ConfigMap, less room for its metadata. */
const MOST_BYTES = 1_000_000;

const dashboard = z.looseObject({
  uid: z.string().min(1),
  title: z.string().min(1),
  panels: z.array(z.unknown()).min(1),
});

const templated = z.looseObject({ templating: z.looseObject({ list: z.array(z.looseObject({})) }) });
/** What dashboards/ calls it. */
const PAGES = 'pages';

/** The dashboards that dashboards/ has written, in the order of their files; none where there is no such folder. Throws an Error that names every file that is none. */
export function dashboards(folder: string = FOLDER): readonly Dashboard[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const read = files.toSorted().map((file) => ({ file, text: readFileSync(join(folder, file), 'utf8') }));
  const wrong = read.flatMap(({ file, text }) => {
    const why = objection(text);
    return why === null ? [] : [`${file}: ${why}`];
  });
  if (wrong.length > 0) throw new Error(`No dashboards:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  return read.map(({ file, text }) => ({ name: file.slice(0, -'.json'.length), text }));
}

/** The constant by which panels find the pages of runbooks/, with its value. */
export function withPages({ name, text }: Dashboard, pages: string): Dashboard {
  const whole = JSON.parse(text) as object;
  const { templating } = templated.parse(whole);
  const list = templating.list.map((one) =>
    one['type'] === 'constant' && one['name'] === PAGES ? { ...one, query: pages.replace(/\/$/, '') } : one,
  );
  return { name, text: `${JSON.stringify({ ...whole, templating: { ...templating, list } }, null, 2)}\n` };
}

function objection(text: string): string | null {
  if (Buffer.byteLength(text) > MOST_BYTES)
    return `has ${Buffer.byteLength(text)} bytes, expected at most ${MOST_BYTES}`;
  try {
    const { error } = dashboard.safeParse(JSON.parse(text));
    return error ? error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ') : null;
  } catch {
    return 'is no JSON';
  }
}
