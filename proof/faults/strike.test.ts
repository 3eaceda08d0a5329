import { expect, it } from 'vitest';
import { type Aftermath, strikeFaults } from './strike.ts';

const undisturbed: Aftermath = {
  ...{ end: 'exit code 0', errors: '', log: '', postmaster: false, database: true, drafts: 0 },
};
const lost = '{"level":"warn","pid":1,"how":"SIGKILL","message":"The database ended and is started again."}\n';

it('tells a fault that never struck, whatever it was to kill', () => {
  for (const target of ['node', 'both'] as const)
    expect(strikeFaults('step.committed', target, undisturbed)).toContain(
      'the run to be killed: exit code 0, expected SIGKILL',
    );
  expect(strikeFaults('step.committed', 'postmaster', undisturbed)).toEqual([
    'a postmaster killed: false, expected true',
  ]);
  expect(strikeFaults('database.initdb', 'node', undisturbed)).toContain('a database: true, expected false');
  expect(strikeFaults('database.initdb', 'postmaster', undisturbed)).toContain(
    'the run that lost its initdb: exit code 0, expected exit code 2',
  );
});

it('is content with what was to be killed, and with nothing more', () => {
  const killed = { ...undisturbed, end: 'SIGKILL' };
  expect(strikeFaults('bars.committed', 'node', { ...killed, postmaster: true })).toEqual([]);
  expect(strikeFaults('bars.committed', 'both', killed)).toEqual([]);
  expect(strikeFaults('bars.committed', 'node', killed)).toEqual(['its postmaster still there: false, expected true']);
  expect(strikeFaults('bars.committed', 'both', { ...killed, postmaster: true })).toEqual([
    'its postmaster still there: true, expected false',
  ]);
});

it('wants a run to survive its postmaster', () => {
  expect(strikeFaults('training.started', 'postmaster', { ...undisturbed, log: lost })).toEqual([]);
  expect(strikeFaults('training.started', 'postmaster', { ...undisturbed, log: lost, end: 'exit code 1' })).toEqual([
    'the run that lost its postmaster: exit code 1, expected exit code 0',
  ]);
});

it('wants initdb to be struck in its midst, and its loss to be told', () => {
  const amid = { ...undisturbed, database: false };
  expect(strikeFaults('database.initdb', 'node', { ...amid, end: 'SIGKILL', drafts: 1 })).toEqual([]);
  expect(strikeFaults('database.initdb', 'both', { ...amid, end: 'SIGKILL' })).toEqual([
    'half-made databases: 0, expected 1',
  ]);
  const told = { ...amid, end: 'exit code 2', errors: 'initdb could not make a database in "x":\n' };
  expect(strikeFaults('database.initdb', 'postmaster', told)).toEqual([]);
  expect(strikeFaults('database.initdb', 'postmaster', { ...told, errors: '', drafts: 1 })).toEqual([
    'the loss told: false, expected true',
    'half-made databases: 1, expected 0',
  ]);
});
