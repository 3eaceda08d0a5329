import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { run } from '../../alerts/testing/program.ts';
import { promtoolMissing } from '../../alerts/testing/tools.ts';
import { catalogue } from '../../backend/metrics/catalogue.ts';
import { root } from '../common/repository.ts';

const RULES = join(root, 'alerts/generated/prometheus/recovery.yaml');
const STEP_SECONDS = 60;

/** What was scraped, and how it goes on from there. */
export type Course = {
  /** As a scrape gives it. */
  readonly text: string;
  /** When, ms. */
  readonly at: number;
  /** For so long from then on the rules are evaluated. */
  readonly minutes: number;
  /** Series whose job does not come to its end any more. The times of all others go on with the clock. */
  readonly stopped?: readonly string[];
};

/** Names of the generated alerts of recovery that fire at the end, or why nobody can say. */
export async function firing(folder: string, course: Course): Promise<readonly string[] | { readonly notRun: string }> {
  const missing = await promtoolMissing();
  if (missing !== null) return { notRun: missing };
  const names = [...new Set((await alertNames()).toSorted())];
  const file = join(folder, 'alerting.test.yaml');
  await writeFile(file, stringify(testOf(course, names), { lineWidth: 0 }));
  const { content, output } = await run('promtool', ['test', 'rules', file], folder);
  const fired = names.filter((name) => new RegExp(`expr: "ALERTS\\{alertname=\\\\?"${name}\\\\?"`).test(output));
  if (!content && fired.length === 0) throw new Error(`promtool could not evaluate ${RULES}: ${output}`);
  return fired;
}

async function alertNames(): Promise<string[]> {
  return [...(await readFile(RULES, 'utf8')).matchAll(/- alert: (\w+)/g)].map(([, name = '']) => name);
}

/** Nothing is expected of any alert, so that promtool complains of each that fires. */
function testOf({ text, at, minutes, stopped = [] }: Course, names: readonly string[]): object {
  return {
    rule_files: [RULES],
    evaluation_interval: '1m',
    tests: [
      {
        interval: '1m',
        input_series: seriesOf(text, at, stopped).map(([series, first, step]) => ({
          series,
          values: `${first}${step < 0 ? '-' : '+'}${Math.abs(step)}x${minutes}`,
        })),
        promql_expr_test: names.map((name) => ({
          expr: `ALERTS{alertname="${name}", alertstate="firing"}`,
          eval_time: `${minutes}m`,
          exp_samples: [],
        })),
      },
    ],
  };
}

type Line = readonly [series: string, first: number, step: number];

/** Each series of backups and drills. The clock of promtool begins at zero, so that moments are counted from when they were scraped. */
export function seriesOf(text: string, at: number, stopped: readonly string[] = []): Line[] {
  const moments = new Set<string>(
    Object.values(catalogue).flatMap(({ name, unit }) => (unit === 'unix seconds' ? [name] : [])),
  );
  const values = new Map(
    text.split('\n').flatMap((line) => {
      const [, series = '', value] = /^((?:backup|restore_drill)_\S+) (\S+)$/.exec(line) ?? [];
      return value === undefined ? [] : [[series, Number(value)] as const];
    }),
  );
  const log = values.get('backup_last_success_timestamp_seconds{kind="wal",target="folder"}');
  return [...values].map(([series, value]) => {
    const name = /^\w+/.exec(series)?.[0] ?? '';
    if (!moments.has(name)) return [series, value, 0];
    // What can be recovered follows the log for as long as there is no gap before its end.
    const follows = name !== 'backup_latest_recovery_time_seconds' || value === log;
    return [series, value - at / 1_000, follows && !stopped.includes(series) ? STEP_SECONDS : 0];
  });
}
