import { expect, it } from 'vitest';
import { type Found, judged } from './judged.ts';

const finding = { check_id: 'CKV_1', check_name: 'Something holds', file_path: '/dev/plan.json', resource: 'a.b' };
const report = (failed: Found['results']['failed_checks'], parsingErrors = 0): Found => ({
  check_type: 'kubernetes',
  summary: { passed: 3, failed: failed.length, parsing_errors: parsingErrors },
  results: { failed_checks: failed },
});

it('is content with findings that are exceptions', () => {
  expect(judged([report([finding]), report([])], { CKV_1: 'why' })).toEqual({ passed: 6, excepted: 1, problems: [] });
});

it('names what is none, what was not read, and an exception that nothing breaks', () => {
  expect(judged([report([finding]), report([], 1)], { CKV_2: 'why' }).problems).toEqual([
    'kubernetes: it could not read every file',
    'CKV_1 Something holds: a.b of dev',
    'CKV_2 is an exception, and nothing breaks it any more',
  ]);
});

it('does not take a scan of half of it for one', () => {
  expect(judged([report([])], {}).problems).toEqual(['it looked at fewer than two kinds of files']);
});
