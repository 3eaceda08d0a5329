import type { Cohort, Group } from './group.ts';
import type { Outlet } from './ports.ts';

/** One subscription. It holds its place (that of its cohort, while it is at the head of the stream) and never a queue. */
export class Member {
  readonly group: Group;
  readonly outlet: Outlet;
  readonly maxBatch: number;
  /** Null while it is served by its place, or has left. */
  cohort: Cohort | null = null;
  hasLeft = false;
  /** Ends a wait of who serves it; null when nobody waits. */
  wake: (() => void) | null = null;

  constructor(group: Group, outlet: Outlet, maxBatch: number) {
    this.group = group;
    this.outlet = outlet;
    this.maxBatch = maxBatch;
  }

  /** It is sent nothing more but what whoever calls this has to say. */
  leaveCohort(): void {
    this.cohort?.members.delete(this);
    this.cohort = null;
  }
}
