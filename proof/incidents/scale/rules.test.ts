import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { groups } from '../../../alerts/all.ts';
import {
  above,
  both,
  earlier,
  increase,
  max,
  metric,
  now,
  outside,
  predicted,
  print,
  since,
  sum,
} from '../../../alerts/promql/index.ts';
import { marketAt } from './clock.ts';
import { type Scaling, scaled, scaledRules } from './rules.ts';

const sixtyfold: Scaling = {
  windows: 60,
  waits: 60,
  time: { real: 1_700_000_000.5, market: 1_800_000_000, speed: 60 },
};
const trueScale: Scaling = { windows: 1, waits: 60, time: null };
const failed = metric('databaseErrors', { class: 'connection' });
const text = (vector: { readonly node: Parameters<typeof scaled>[0] }, scaling = sixtyfold): string =>
  print(scaled(vector.node, scaling));

describe('a scaled expression', () => {
  it('looks back over less', () => {
    expect(text(sum(increase(failed, '5m')))).toBe('sum(increase(db_errors_total{class="connection"}[5s]))');
    expect(text(max(earlier(metric('buildInfo'), '15m')))).toBe('max(build_info offset 15s)');
    expect(text(sum(increase(failed, '30d')))).toContain('[12h]');
  });

  it('looks ahead over less', () => {
    expect(text(predicted(outside('sqlDisk'), '6h', '1d'))).toBe(
      'predict_linear(cloudsql_googleapis_com:database_disk_utilization[6m], 1440)',
    );
  });

  it('asks the clock of the market, wherever it asks for the time', () => {
    const clock = '1800000000 + ((time() - 1700000000.5) * 60)';
    expect(text(now())).toBe(`vector(${clock})`);
    expect(text(since(metric('lastBar')))).toBe(`(${clock}) - market_data_last_bar_timestamp_seconds`);
  });

  it('keeps its thresholds', () => {
    expect(text(both(above(max(metric('queueDepth')), 100), above(max(metric('queueOldestJobAge')), 120)))).toBe(
      '(max(queue_depth) > 100) and (max(queue_oldest_job_age_seconds) > 120)',
    );
  });

  it('at true scale is what it was', () => {
    for (const { recordings, alerts } of groups)
      for (const { expr } of [...recordings, ...alerts]) expect(text(expr, trueScale)).toBe(print(expr.node));
  });

  it('refuses a window of which no whole second is left', () => {
    expect(() => scaled(sum(increase(failed, '5m')).node, { ...sixtyfold, windows: 7 })).toThrow(
      'window 5m divided by 7 is 42.857142857142854 s, expected whole seconds',
    );
  });
});

describe('the copy of the rules', () => {
  type File = {
    groups: {
      name: string;
      interval: string;
      rules: { alert?: string; record?: string; for?: string; keep_firing_for?: string; labels: object }[];
    }[];
  };
  const files = Object.entries(scaledRules(groups, sixtyfold)).map(
    ([name, content]) => [name, parse(content) as File] as const,
  );

  it('has every rule, under its name and with its labels', () => {
    expect(files.map(([name]) => name)).toEqual(groups.map(({ name }) => `${name}.yaml`));
    const names = files.flatMap(([, file]) =>
      file.groups.flatMap(({ rules }) => rules.map(({ alert, record }) => alert ?? record)),
    );
    expect(names).toEqual(
      groups.flatMap(({ recordings, alerts }) => [
        ...recordings.map(({ record }) => record),
        ...alerts.map(({ name }) => name),
      ]),
    );
  });

  it('waits less, keeps firing for less, and is evaluated more often', () => {
    const database = files.find(([name]) => name === 'database.yaml')?.[1].groups[0];
    const rule = database?.rules.find(({ alert }) => alert === 'DatabaseConnectionFailures');
    expect(database?.interval).toBe('500ms');
    expect(rule).toMatchObject({ for: '2000ms', keep_firing_for: '5000ms', labels: { severity: 'page' } });
  });

  it('names no time but the market’s', () => {
    for (const content of Object.values(scaledRules(groups, sixtyfold)))
      expect(content.replaceAll('(time() - 1700000000.5)', '')).not.toContain('time()');
  });
});

it('the market’s time runs on from where it was read', () => {
  expect(marketAt({ real: 1_000, market: 5_000, speed: 60 }, 1_010)).toBe(5_600);
});
