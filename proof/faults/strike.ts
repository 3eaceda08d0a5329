import type { FaultPoint } from '../../backend/platform/fault-point.ts';
import { unequal } from './verdict.ts';

export const TARGETS = ['node', 'postmaster', 'both'] as const;
export type Target = (typeof TARGETS)[number];

/** What is seen right after a run that a fault was to strike has ended. */
export type Aftermath = {
  /** "SIGKILL", "exit code 0" */
  readonly end: string;
  readonly errors: string;
  /** The log of the service. */
  readonly log: string;
  /** Whether its postmaster runs on. */
  readonly postmaster: boolean;
  /** Whether there is a whole database. */
  readonly database: boolean;
  /** Folders in which initdb was at work. */
  readonly drafts: number;
};

/** A line for each sign that the fault did not strike, or struck more than it should: then the scenario has shown nothing. */
export function strikeFaults(point: FaultPoint, target: Target, seen: Aftermath): string[] {
  if (point === 'database.initdb')
    return [...unequal('a database', false, seen.database), ...initdbFaults(target, seen)];
  if (target === 'postmaster') return lostServerFaults(seen);
  return [
    ...unequal('the run to be killed', 'SIGKILL', seen.end),
    ...unequal('its postmaster still there', target === 'node', seen.postmaster),
  ];
}

/** Who loses its database server goes on with another one. */
function lostServerFaults({ end, log }: Aftermath): string[] {
  return [
    ...unequal('the run that lost its postmaster', 'exit code 0', end),
    ...unequal('a postmaster killed', true, /"how":"SIGKILL".*The database ended/.test(log)),
  ];
}

/** Who loses initdb has nothing to go on with, says so and leaves nothing half-made. */
function initdbFaults(target: Target, { end, errors, drafts }: Aftermath): string[] {
  if (target !== 'postmaster')
    return [...unequal('the run to be killed', 'SIGKILL', end), ...unequal('half-made databases', 1, drafts)];
  return [
    ...unequal('the run that lost its initdb', 'exit code 2', end),
    ...unequal('the loss told', true, errors.startsWith('initdb could not make a database')),
    ...unequal('half-made databases', 0, drafts),
  ];
}
