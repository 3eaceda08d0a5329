import type { SignalEventBody } from '../../signals/signal-event.ts';
import { matches } from '../../signals/signal-filter.ts';
import { FilterIndex } from './filter-index.ts';
import { Group, type GroupContext, type GroupSpec, type Member } from './group.ts';

/** All groups of a gateway: each lives as long as it has members. */
export class Groups {
  readonly #context: GroupContext;
  readonly #byKey = new Map<string, Group>();
  readonly #index = new FilterIndex<Group>();

  constructor(context: GroupContext) {
    this.#context = context;
  }

  get size(): number {
    return this.#byKey.size;
  }

  /** Groups that every event is tried on. */
  get scanned(): number {
    return this.#index.scanned;
  }

  [Symbol.iterator](): Iterator<Group> {
    return this.#byKey.values();
  }

  /** The group of the next member. */
  enter(spec: GroupSpec): Group {
    const known = this.#byKey.get(spec.key);
    const group = known ?? new Group(spec, this.#context);
    if (known === undefined) {
      this.#byKey.set(spec.key, group);
      this.#index.add(group, spec.filter);
    }
    group.members += 1;
    return group;
  }

  leave(member: Member): void {
    if (member.hasLeft) return;
    member.hasLeft = true;
    member.leaveCohort();
    member.wake?.();
    const { group } = member;
    group.members -= 1;
    if (group.members > 0) return;
    this.#byKey.delete(group.spec.key);
    this.#index.delete(group);
  }

  /** Those that want an event. `now`: the clock of the data. */
  *wanting(event: SignalEventBody, now: number): Generator<Group> {
    for (const group of this.#index.candidates(event)) if (matches(group.spec.filter, event, now)) yield group;
  }
}
