import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const text = z.string().min(1);
const rule = z
  .strictObject({
    alert: text.optional(),
    record: text.optional(),
    expr: text,
    for: z
      .string()
      .regex(/^(\d+(ms|[smhd]))+$/)
      .optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  })
  .refine(({ alert, record }) => (alert === undefined) !== (record === undefined), 'expected either alert or record');

type Rule = z.infer<typeof rule>;

const group = z.strictObject({ name: text, interval: text.optional(), rules: z.array(rule).min(1) });

const ruleFile = z.strictObject({
  apiVersion: z.literal('monitoring.googleapis.com/v1'),
  kind: z.enum(['Rules', 'ClusterRules', 'GlobalRules']),
  metadata: z.strictObject({ name: text, namespace: text.optional() }),
  spec: z.strictObject({ groups: z.array(group).min(1) }),
});

/** Rules of one subject, as Managed Prometheus takes them, and the name of the file that they were written to. */
export type RuleFile = { readonly file: string; readonly content: z.infer<typeof ruleFile> };

const FOLDER = join(import.meta.dirname, '../../alerts/generated/managed');

/** The rules that alerts/ has written, in the order of their files. Throws an Error that names every file that holds none. */
export function ruleFiles(folder: string = FOLDER): readonly RuleFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.yaml'));
  const read = names
    .toSorted()
    .map((name) => ({ file: name.slice(0, -'.yaml'.length), parsed: ruleFile.safeParse(yaml(join(folder, name))) }));
  const wrong = read.flatMap(({ file, parsed }) =>
    parsed.success
      ? []
      : [`${file}.yaml: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')}`],
  );
  if (wrong.length > 0) throw new Error(`No files of rules:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  return read.flatMap(({ file, parsed }) => (parsed.success ? [{ file, content: parsed.data }] : []));
}

/** Where people find what alerts lead to: the address of Grafana, and that below which runbooks/ is served. */
export type Links = { readonly dashboards: string; readonly pages: string };

/** Rules whose links are addresses: in the files they are paths. */
export function linked(file: RuleFile, { dashboards, pages }: Links): RuleFile {
  const address = (name: string, path: string): string => {
    if (name === 'dashboard_url') return `${dashboards}${path}`;
    return name === 'runbook_url' && pages !== '' ? `${pages.replace(/\/$/, '')}/${path}` : path;
  };
  return withRules(file, (given) => {
    if (given.annotations === undefined) return [given];
    const annotations = Object.entries(given.annotations).map(([name, value]) => [name, address(name, value)]);
    return [{ ...given, annotations: Object.fromEntries(annotations) as Record<string, string> }];
  });
}

/** Rules that ask for the database by the name of its instance, in the place of `{database}`. */
export function ofDatabase(file: RuleFile, name: string): RuleFile {
  return withRules(file, (given) => [{ ...given, expr: given.expr.replaceAll('{database}', name) }]);
}

/** Asks whether any process is there that does the work of a role. */
const PRESENCE = /^absent\(max\(up\{job="heliograph", role=~"([a-z|]+)"\} == 1\)\)$/;

/** Without the rules that ask for processes of which none is to run: a stack that follows another runs none until it takes its place. */
export function ofRoles(files: readonly RuleFile[], running: readonly string[]): readonly RuleFile[] {
  const isAsked = ({ expr }: Rule): boolean => {
    const [, roles] = PRESENCE.exec(expr) ?? [];
    return roles === undefined || roles.split('|').some((role) => running.includes(role));
  };
  return files
    .map((file) => withRules(file, (given) => (isAsked(given) ? [given] : [])))
    .filter(({ content }) => content.spec.groups.length > 0);
}

/** What becomes of each rule; without the groups of which nothing is left. */
function withRules({ file, content }: RuleFile, change: (given: Rule) => readonly Rule[]): RuleFile {
  const groups = content.spec.groups
    .map((one) => ({ ...one, rules: one.rules.flatMap(change) }))
    .filter(({ rules }) => rules.length > 0);
  return { file, content: { ...content, spec: { groups } } };
}

function yaml(path: string): unknown {
  try {
    return parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
