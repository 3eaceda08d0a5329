import { expect, it } from 'vitest';
import { counts, line, type Row, resultsPage } from './report.ts';

const scenario = { point: 'step.committed', target: 'node', detail: 'occurrence 2, all at once' };
const good: Row = {
  scenario,
  seconds: 7.25,
  result: { struck: 'occurrence 2', restarts: 1, events: 579, sameSha256: true, faults: [] },
};
const bad: Row = { ...good, result: { ...good.result, sameSha256: false, faults: ['sha256: ab, expected aa'] } };

it('counts a scenario with any fault as failed', () => {
  expect(counts([good, bad, good])).toBe('2 passed, 1 failed');
});

it('shows the faults below the line of their scenario', () => {
  expect(line(good)).toMatch(/^passed {2}step\.committed .* 7\.3 .*579 {5}yes .*occurrence 2$/);
  expect(line(bad)).toMatch(/^FAILED .* NO .*\n {2}sha256: ab, expected aa$/);
});

it('writes what was run, a row for each scenario and the counts', () => {
  const page = resultsPage({ Seed: '7' }, [good, bad]);
  expect(page).toContain('- Seed: 7\n');
  expect(page).toMatch(/\| passed \| step\.committed \| node \|.*\| yes \|/);
  expect(page).toMatch(/\| FAILED \| step\.committed \| node \|.*\| NO \|/);
  expect(page).toMatch(/\n1 passed, 1 failed\n$/);
});
