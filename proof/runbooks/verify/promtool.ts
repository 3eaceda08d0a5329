import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { at, type Finding } from '../world.ts';
import type { VerifyCase } from './cases.ts';

/** Asks every query in its story, in one run of promtool. Null: promtool is missing. */
export async function verify(cases: readonly VerifyCase[]): Promise<Finding[] | null> {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-runbooks-'));
  try {
    // Series are there up to the last evaluation, so each step has a file of its own.
    const tests = cases.map((one, index) => ({ every: one.every, test: testOf(one, index) }));
    const files = [...Map.groupBy(tests, ({ every }) => every)].map(([every, of]) => ({
      path: join(folder, `${every}.test.yaml`),
      content: { evaluation_interval: every, tests: of.map(({ test }) => test) },
    }));
    for (const { path, content } of files)
      await writeFile(path, stringify(content, { lineWidth: 0, aliasDuplicateObjects: false }));
    const { missing, content, output } = await promtool(files.map(({ path }) => path));
    if (missing) return null;
    const wrong = cases.filter((_, index) => output.includes(markOf(index)));
    if (!content && wrong.length === 0) throw new Error(`promtool: ${output.slice(0, 2_000)}`);
    return wrong.map(({ page, line, story, gives }) =>
      at(
        page,
        line,
        `the query gives ${gives ? 'nothing' : 'something'}, expected ${gives ? 'something' : 'nothing'}: ${story}`,
      ),
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** One number says whether there is a result; the mark tells the cases apart in what promtool complains of. */
function testOf({ query, every, input, at: moment, gives }: VerifyCase, index: number): unknown {
  return {
    interval: every,
    input_series: input.map(([series, values]) => ({ series, values })),
    promql_expr_test: [
      {
        expr: `label_replace((count(${query}) > bool 0) or vector(0), "case", "${markOf(index)}", "", "")`,
        eval_time: moment,
        exp_samples: [{ labels: `{case="${markOf(index)}"}`, value: gives ? 1 : 0 }],
      },
    ],
  };
}

const markOf = (index: number): string => `case-${index}-end`;

type Said = { readonly missing: boolean; readonly content: boolean; readonly output: string };

function promtool(files: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile('promtool', ['test', 'rules', ...files], { maxBuffer: 256 * 1024 * 1024 }, (error, stdout, stderr) =>
      resolve({ missing: error?.code === 'ENOENT', content: error === null, output: `${stdout}${stderr}` }),
    );
  });
}
