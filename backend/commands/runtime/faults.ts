import { InvalidInput } from '../../platform/errors.ts';
import { armFault, FAULT_POINTS, type FaultPoint, type FaultPoints, noFaults } from '../../platform/fault-point.ts';
import type { FaultPoint as ArmedFault } from '../../settings.ts';

/** Arms the fault that the settings ask for; does nothing where they ask for none. */
export function faultsFrom(armed: ArmedFault | null, postmasterPid: () => number | null): FaultPoints {
  if (armed === null) return noFaults;
  const point = FAULT_POINTS.find((name) => name === armed.name);
  if (point === undefined) throw new InvalidInput('FAULT_POINT', armed.name, `one of ${FAULT_POINTS.join(', ')}`);
  return armFault(point satisfies FaultPoint, armed.occurrence, () => {
    const pid = postmasterPid();
    if (armed.target !== 'node' && pid !== null) process.kill(pid, 'SIGKILL');
    if (armed.target !== 'postmaster') process.kill(process.pid, 'SIGKILL');
  });
}
