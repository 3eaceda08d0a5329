import { expect, it } from 'vitest';
import { verified } from './verified.ts';

const circumstances = {
  date: '2026-11-21',
  commit: '0123abc',
  versions: { node: '24.21.0', '@pulumi/gcp': '9.37.0' },
  policies: { mutants: 200, killed: 199, falseAlarms: 0 },
  preview: { resources: 365, seconds: 4.21, peakMiB: 310 },
};

it('counts what ran, and names what did not', () => {
  const rows = [
    { level: 0, part: 'stacks', checks: 12, failed: 0 },
    { level: 1, part: 'production', checks: 30, failed: 1 },
    { level: 2, notRun: 'pulumi is missing' },
  ];
  const page = verified(rows, circumstances);
  expect(page).toContain('2026-11-21, commit 0123abc, with node 24.21.0, @pulumi/gcp 9.37.0: 42 checks, 1 failed.');
  expect(page).toContain('A preview of production, the program by itself: 365 resources, 4.2 s, at most 310 MiB.');
  expect(page).toContain('By the real engine no preview was made.');
  expect(page).toContain('199 of 200 mistakes in our own stacks caught, 0 false alarms.');
  expect(page).toContain('Not run: level 2 (pulumi is missing).');
  expect(page).toContain('2      not run: pulumi is missing');
});

it('says that every level was run only when it was', () => {
  expect(verified([{ level: 0, part: 'stacks', checks: 1, failed: 0 }], circumstances)).toContain(
    'Every level was run.',
  );
});

it('says what a preview of production by the real engine took', () => {
  const preview = (part: string, seconds: number) => ({
    ...{ level: 2, part, checks: 1, failed: 0 },
    took: { seconds, peakMiB: 900 },
  });
  const rows = [preview('dev, rung b', 12), preview('production, rung b', 18.25), preview('dr, rung b', 14)];
  expect(verified(rows, circumstances)).toContain('By the real engine, production, rung b: 18.3 s, at most 900 MiB');
});
