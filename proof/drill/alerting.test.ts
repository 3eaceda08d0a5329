import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { promtoolMissing } from '../../alerts/testing/tools.ts';
import { firing, seriesOf } from './alerting.ts';

const AT = 1_795_000_000_000;
const moments = (latest: number) => `
# HELP backup_latest_recovery_time_seconds The latest moment.
backup_last_success_timestamp_seconds{kind="export",target="folder"} 1794999000
backup_last_success_timestamp_seconds{kind="wal",target="folder"} 1794999940
backup_latest_recovery_time_seconds{target="folder"} ${latest}
restore_drill_success{scenario="newest"} 1
other_seconds 5
`;

it('counts moments from the scrape, and lets them go on with the clock while they are not held up', () => {
  const export_ = 'backup_last_success_timestamp_seconds{kind="export",target="folder"}';
  const rows = (text: string, stopped: readonly string[] = []) =>
    new Map(seriesOf(text, AT, stopped).map(([series, first, step]) => [series, [first, step]]));
  const whole = rows(moments(1_794_999_940), [export_]);
  expect(whole.get(export_)).toEqual([-1_000, 0]);
  expect(whole.get('backup_latest_recovery_time_seconds{target="folder"}')).toEqual([-60, 60]);
  expect(whole.get('restore_drill_success{scenario="newest"}')).toEqual([1, 0]);
  expect(whole.has('other_seconds')).toBe(false);
  // The log has come further than what can be recovered: there is a gap.
  expect(rows(moments(1_794_999_900)).get('backup_latest_recovery_time_seconds{target="folder"}')).toEqual([-100, 0]);
});

const missing = await promtoolMissing();
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'heliograph-alerting-'));
});
afterAll(() => rm(folder, { recursive: true }));

it.skipIf(missing !== null)(
  'says which of the generated rules fire over what was scraped',
  {
    timeout: 240_000,
  },
  async () => {
    const after = (text: string) => firing(folder, { text, at: AT, minutes: 25 });
    expect(await after(moments(1_794_999_940))).toEqual([]);
    const spoilt = moments(1_794_999_900).replace('"newest"} 1', '"newest"} 0');
    expect(await after(spoilt)).toEqual(['RestoreDrillFailed', 'WalArchiveLag']);
  },
);
