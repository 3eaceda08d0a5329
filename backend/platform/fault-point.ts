/**
 * Named places at which a test of faults may kill the process or its database. They cost one comparison and do nothing unless a fault is
 * armed by the settings, which production refuses.
 */
export const FAULT_POINTS = [
  'database.initdb',
  'migration.applied',
  'bars.committed',
  'training.started',
  'training.stored',
  'step.before-append',
  'step.before-commit',
  'step.committed',
  'settlement.changed',
] as const;
export type FaultPoint = (typeof FAULT_POINTS)[number];

export type FaultPoints = { reach(point: FaultPoint): void };

export const noFaults: FaultPoints = { reach: () => undefined };

/** Does `strike` when `point` is reached for the `occurrence`-th time. */
export function armFault(point: FaultPoint, occurrence: number, strike: () => void): FaultPoints {
  let reached = 0;
  return {
    reach(name) {
      if (name !== point) return;
      reached += 1;
      if (reached === occurrence) strike();
    },
  };
}
