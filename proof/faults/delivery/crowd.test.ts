import { expect, it } from 'vitest';
import { crowdFaults } from './crowd.ts';

const heard = (...seqs: number[]) => seqs.map((seq) => ({ seq, at: 0 }));
const LOGGED = [1, 2, 3, 4];

it('finds nothing wrong with all that came after the place of each', () => {
  expect(crowdFaults({ heard: [heard(1, 2, 3, 4), heard(3, 4)], begins: [0, 2], failures: [] }, LOGGED)).toEqual([]);
});

it.each([
  ['lost', heard(1, 3, 4), 'subscriber 0: at place 1 seq 3, expected 2'],
  ['lost at the end', heard(1, 2, 3), 'subscriber 0: at place 3 seq undefined, expected 4'],
  ['doubled', heard(1, 2, 2, 3, 4), 'subscriber 0: at place 2 seq 2, expected 3'],
  ['doubled at the end', heard(1, 2, 3, 4, 4), 'subscriber 0: at place 4 seq 4, expected undefined'],
  ['out of order', heard(2, 1, 3, 4), 'subscriber 0: at place 0 seq 2, expected 1'],
])('finds what was %s', (_what, one, fault) => {
  expect(crowdFaults({ heard: [one], begins: [0], failures: [] }, LOGGED)).toEqual([fault]);
});

it('finds who came from before its place, and who gave up', () => {
  const crowd = { heard: [heard(2, 3, 4)], begins: [2], failures: ['refused'] };
  expect(crowdFaults(crowd, LOGGED)).toEqual([
    'a subscriber gave up: refused',
    'subscriber 0: at place 0 seq 2, expected 3',
  ]);
});
