import { expect, it } from 'vitest';
import { levelOne, levelZero, policiesOf, type Report, scanned } from './levels.ts';

const result = (title: string, status = 'passed') => ({ title, status });
const report: Report = {
  testResults: [
    {
      name: '/here/infra/testing/stacks.test.ts',
      assertionResults: [
        result('breaks no rule of the policy pack'),
        result('breaks no rule of the policy pack', 'failed'),
        result('production is what was reviewed', 'skipped'),
      ],
    },
    {
      name: '/here/infra/testing/policy/rules.test.ts',
      assertionResults: [result('alone catches a'), result('alone catches b', 'failed')],
    },
  ],
};

it('counts the tests of each file, and takes what was skipped for failed', () => {
  expect(levelZero(report, '/here')).toEqual([
    { level: 0, part: 'infra/testing/stacks.test.ts', checks: 3, failed: 2 },
    { level: 0, part: 'infra/testing/policy/rules.test.ts', checks: 2, failed: 1 },
  ]);
});

it('counts mistakes that were caught, and alarms that were none', () => {
  expect(policiesOf(report)).toEqual({ mutants: 2, killed: 1, falseAlarms: 1 });
});

it('takes a stack that was not tried to its end for one that failed, and one that was not tried at all', () => {
  const said = [
    'ok     dev                  all 127 objects are admitted, 8 s',
    'ok     production           all 165 objects are admitted, 9 s',
    'ok     dev                  it goes in the opposite order, 12 s',
    'FAILED test                 all 127 objects are admitted, 9 s',
    '         Deployment api: no',
    'ok     test                 it goes in the opposite order, 12 s',
  ].join('\n');
  expect(levelOne(said, ['dev', 'test', 'production', 'dr'])).toEqual([
    { level: 1, part: 'dev', objects: 127, checks: 2, failed: 0 },
    { level: 1, part: 'test', objects: 127, checks: 2, failed: 1 },
    { level: 1, part: 'production', objects: 165, checks: 1, failed: 1 },
    { level: 1, part: 'dr', objects: 0, checks: 0, failed: 1 },
  ]);
});

it('says what was not run, and why', () => {
  expect(levelOne('not run: etcd is missing', ['dev'])).toEqual([{ level: 1, notRun: 'etcd is missing' }]);
  expect(scanned('not run: checkov is missing')).toEqual({ level: 1, notRun: 'checkov is missing' });
});

it('counts what a scanner saw', () => {
  const said =
    'dev: 127 objects, 210 resources\nlocal: 31 objects, 0 resources\n40 findings are exceptions, of 21 checks\n900 passed, 1 failed';
  expect(scanned(said)).toEqual({
    level: 1,
    part: 'Checkov, 40 findings excepted',
    objects: 368,
    checks: 901,
    failed: 1,
  });
});
