import type { Machine } from '../../common/machine/machine.ts';
import { type Told, unexplained, untold } from './checker.ts';
import type { Follower } from './follower.ts';
import { isLate, lateText } from './lateness.ts';
import type { Acknowledged } from './writer.ts';

type Silence = {
  readonly follower: Follower;
  readonly from: number;
  until: number;
  /** Whether nothing at all could reach it, so that it has to be told. */
  readonly mustTell: boolean;
};

export type SilenceVerdict = { readonly faults: readonly string[]; readonly unjudged: readonly string[] };

/** The times in which a fault keeps things from those who follow: a long one has to be told them, and any other that they are told is a fault. */
export class Silences {
  readonly #all: Silence[] = [];
  readonly #heartbeatMs: number;
  readonly #machine: Machine;

  constructor(heartbeatMs: number, machine: Machine) {
    this.#heartbeatMs = heartbeatMs;
    this.#machine = machine;
  }

  /** Begins now; the result ends it. One that is never ended lasts for ever. */
  begin(followers: readonly Follower[], mustTell: boolean): () => void {
    const from = Date.now();
    const own = followers.map((follower) => ({ follower, from, until: Number.POSITIVE_INFINITY, mustTell }));
    this.#all.push(...own);
    return () => {
      for (const silence of own) silence.until = Date.now();
    };
  }

  judge(followers: readonly Follower[], sent: readonly Acknowledged[]): SilenceVerdict {
    const [faults, unjudged]: [string[], string[]] = [[], []];
    const heartbeatMs = this.#heartbeatMs;
    for (const { follower, from, until, mustTell } of this.#all)
      if (
        mustTell &&
        Number.isFinite(until) &&
        until - from > 2 * heartbeatMs &&
        untold(follower.told(), { from, until, graceMs: heartbeatMs })
      )
        faults.push(`${follower.name} was not told of a silence of ${until - from} ms`);
    for (const follower of followers)
      for (const stall of this.#unexplained(follower)) {
        const span = { from: stall.at - 2 * heartbeatMs, until: stall.at };
        const kept = this.#machine.kept(span);
        const events = sent.filter(({ at }) => at >= span.from && at <= span.until).length;
        const text = `${follower.name} heard nothing for two heartbeats up to ${new Date(stall.at).toISOString()}, which no fault explains; ${events} events were acknowledged to the writer in them`;
        if (isLate(kept, 'most', 2 * heartbeatMs)) unjudged.push(`${text}; not judged: ${lateText(kept, 'most')}`);
        else faults.push(`${text}; ${lateText(kept, 'most')}`);
      }
    return { faults, unjudged };
  }

  #unexplained(follower: Follower): Told[] {
    const own = this.#all.filter((silence) => silence.follower === follower);
    return unexplained(follower.told(), own, 3 * this.#heartbeatMs);
  }
}
