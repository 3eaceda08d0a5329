import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Duration, Node } from '../promql/index.ts';
import { run } from './program.ts';
import type { Case, Unit } from './unit.ts';

/** A rule under a name of its own beside the others of its unit. */
export type Variant = { readonly name: string; readonly expr: Node; readonly for: Duration };

export type Batch = { readonly unit: Unit; readonly variants: readonly Variant[] };

/** What promtool said of the variants that some test did not find as it should be, by their names; `refused` could not be evaluated. */
export type Verdict = {
  readonly wrong: ReadonlyMap<string, readonly string[]>;
  readonly refused: ReadonlySet<string>;
  readonly output: string;
};

/** Tests all variants of all batches in one process. Rules in a batch see the same series, and none sees another. */
export async function judge(folder: string, batches: readonly Batch[]): Promise<Verdict> {
  await mkdir(folder, { recursive: true });
  const files = await Promise.all(batches.map((batch, index) => write(folder, index, batch)));
  const { output } = await run('promtool', ['test', 'rules', ...files.flat()], folder);
  return read(output);
}

async function write(folder: string, index: number, { unit, variants }: Batch): Promise<string[]> {
  const rules = variants.map(({ name, expr, for: wait }) => unit.rule(name, expr, wait));
  await writeFile(
    join(folder, `${index}.rules.yaml`),
    stringify({ groups: [{ name: 'rules', rules }] }, { lineWidth: 0 }),
  );
  // One step for all tests of a file.
  const steps = [...new Set(unit.cases.map(({ every }) => every))];
  return Promise.all(
    steps.map(async (every) => {
      const file = `${index}.${every}.test.yaml`;
      const tests = unit.cases.filter((one) => one.every === every).map((one) => testOf(one, variants));
      const text = stringify(
        { rule_files: [`${index}.rules.yaml`], evaluation_interval: every, tests },
        { lineWidth: 0, aliasDuplicateObjects: false },
      );
      await writeFile(join(folder, file), text);
      return file;
    }),
  );
}

function testOf({ name, every, input, checks }: Case, variants: readonly Variant[]): unknown {
  return {
    name,
    interval: every,
    input_series: input.map(([series, values]) => ({ series, values })),
    promql_expr_test: variants.flatMap((variant) =>
      checks.map(({ at, query, gives }) => ({
        expr: query(variant.name),
        eval_time: at,
        exp_samples: gives(variant.name),
      })),
    ),
  };
}

/** The name of a rule stands in every complaint about it. */
function read(output: string): Verdict {
  const wrong = new Map<string, string[]>();
  const refused = new Set<string>();
  for (const line of output.split(/\n(?=\s+(?:name: .*)?expr: |\s+.*rule: )/)) {
    const [, broken] = /rule: ([\w:]+), time: .*, err: /.exec(line) ?? [];
    if (broken !== undefined) refused.add(broken);
    const [, alert] = /expr: "ALERTS\{alertname=\\?"([\w:]+)/.exec(line) ?? [];
    const [, record] = /expr: "\(?([\w:]+)/.exec(line) ?? [];
    const name = alert ?? record;
    if (broken === undefined && name !== undefined) wrong.set(name, [...(wrong.get(name) ?? []), line.trim()]);
  }
  return { wrong, refused, output };
}
