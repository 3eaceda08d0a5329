import { expect, it } from 'vitest';
import { openTestStore } from '../../testing/database.ts';
import { RoleProcess } from '../../testing/role.ts';

const within = { timeout: 60_000, interval: 100 };

it('the role worker runs the jobs in a process of its own, and stops when it is asked to', async () => {
  await using store = await openTestStore('worker');
  using worker = await RoleProcess.start('worker', {
    settings: { DATABASE_URL: store.database.applicationUrl },
    patienceMs: within.timeout,
  });
  const states = async () =>
    (await store.pool.query(`select distinct state from pgboss.job where name = 'daily-ingestion-xnys'`)).rows;
  await expect.poll(states, within).toEqual([{ state: 'completed' }]);
  const page = await (await fetch(`${worker.internalUrl}/metrics`)).text();
  expect(page).toMatch(/^job_duration_seconds_count\{job_name="daily-ingestion-xnys"\} 1$/m);
  expect((await fetch(`${worker.internalUrl}/readyz`)).status).toBe(200);

  expect(await worker.stop(), worker.output).toEqual([0, null]);
  expect(worker.output).not.toContain('"level":"warn"');
  expect(worker.output).not.toContain('"level":"error"');
});
