import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

const rule = z
  .strictObject({
    alert: z.string().min(1).optional(),
    record: z.string().min(1).optional(),
    expr: z.string().min(1),
    for: z
      .string()
      .regex(/^(\d+(ms|[smhd]))+$/)
      .optional(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  })
  .refine(({ alert, record }) => (alert === undefined) !== (record === undefined), 'expected either alert or record');

const ruleFile = z.strictObject({
  groups: z
    .array(z.strictObject({ name: z.string().min(1), interval: z.string().optional(), rules: z.array(rule).min(1) }))
    .min(1),
});

/** Rules of one subject: its name, and the groups as Prometheus and its managed form both take them. */
export type RuleFile = { readonly name: string; readonly groups: z.infer<typeof ruleFile>['groups'] };

const FOLDER = join(import.meta.dirname, 'rules');

/**
 * The rule files that are deployed, in the order of their names: plain rule files of Prometheus, written as JSON (which is YAML too), so that
 * promtool checks and tests exactly what runs. Throws an Error that names every file that is none.
 */
export function ruleFiles(folder: string = FOLDER): readonly RuleFile[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
  const read = names.toSorted().map((file) => {
    const parsed = ruleFile.safeParse(json(join(folder, file)));
    return { name: file.slice(0, -'.json'.length), parsed };
  });
  const wrong = read.flatMap(({ name, parsed }) =>
    parsed.success
      ? []
      : [`${name}.json: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join(', ')}`],
  );
  if (wrong.length > 0) throw new Error(`No files of rules:\n${wrong.map((line) => `  ${line}`).join('\n')}`);
  return read.flatMap(({ name, parsed }) => (parsed.success ? [{ name, groups: parsed.data.groups }] : []));
}

function json(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
