import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Journal } from './journal.ts';
import { counts, type Row, resultsPage } from './report.ts';

let folder = '';
let path = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'heliograph-journal-'));
  path = join(folder, 'rows');
});

afterEach(() => rmSync(folder, { recursive: true }));

const row: Row = {
  ...{
    id: 'F12',
    title: 'Redis away',
    promise: '1.5 s',
    seed: 1,
    sent: 3,
    arrived: 6,
    told: {},
    notes: [],
    faults: [],
  },
  ...{ unjudged: [], seconds: 1, notRun: null, commit: 'cf31277' },
};
const open = (commit: string, anyCommit = false) => new Journal({ path, commit, anyCommit });

describe('Journal', () => {
  it('goes on with rows of the same commit', () => {
    open('cf31277').add(row);
    expect(open('cf31277').has('F12', 1)).toBe(true);
  });

  it.each(['1cf6a1a', 'cf31277, changed'])(
    'refuses rows of another commit than %s, unless it is told to go on',
    (commit) => {
      open('cf31277').add(row);
      expect(() => open(commit)).toThrow(/rows of cf31277/);
      expect(open(commit, true).rows).toEqual([row]);
    },
  );

  it('refuses rows of a changed tree, which may have been changed since', () => {
    open('cf31277, changed').add({ ...row, commit: 'cf31277, changed' });
    expect(() => open('cf31277, changed')).toThrow(/changed/);
  });

  it('strikes again what was not judged, and has the new row in its place', () => {
    const journal = open('cf31277');
    journal.add({ ...row, unjudged: ['late'] });
    expect(journal.has('F12', 1)).toBe(false);
    expect(counts(journal.rows)).toBe('0 passed, 0 failed, 1 not judged, 0 not run');
    journal.add(row);
    expect(open('cf31277').rows).toEqual([row]);
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(3);
  });
});

describe('resultsPage', () => {
  it('tells apart what failed and what was not judged', () => {
    const rows = [
      { ...row, unjudged: ['1510 ms; not judged'] },
      { ...row, seed: 2, faults: ['lost 1'] },
    ];
    const page = resultsPage({ Commit: 'cf31277' }, rows);
    expect(page).toContain('- Commit: cf31277');
    expect(page).toContain('FAILED 1: lost 1; not judged 1: 1510 ms; not judged');
    expect(page).toContain('0 passed, 1 failed, 1 not judged, 0 not run');
  });
});
