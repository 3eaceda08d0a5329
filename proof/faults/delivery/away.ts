import { setTimeout as sleep } from 'node:timers/promises';
import type { Span } from '../../common/machine/machine.ts';
import { type Asker, countsOf, MUTATION, QUERY, refusedUncleanly } from './asker.ts';
import type { Follower } from './follower.ts';
import { atMost } from './limits.ts';
import type { Pod } from './pod.ts';
import type { World } from './world.ts';

/**
 * So long a question may take while the database is away: the time-out of a statement, the second after which one that hangs is given up, and
 * another one; who asks gives up after twice as long. ms
 */
const REFUSED_MS = 7_000;
const PATIENCE_MS = 2 * REFUSED_MS;
/** The checkpoint that says so may be on its way. ms */
const ON_ITS_WAY_MS = 100;

/**
 * Looks on while a database is away, for so many seconds: subscriptions stay open and say within one checkpoint that they are not live, queries
 * are refused in time, mutations with 503 and a time to come back.
 */
export async function refusesMeanwhile(
  world: World,
  pod: Pod,
  { seconds, checkpointMs }: { readonly seconds: number; readonly checkpointMs: number },
): Promise<void> {
  const from = Date.now();
  const open = await pod.metric('graphql_subscriptions_active');
  const asker = world.ask(pod.port, { questions: [MUTATION, QUERY], pauseMs: 200, patienceMs: PATIENCE_MS });
  await sleep(seconds * 1_000);
  // Each kind of question once, at least, however short the wait was.
  await world.until('the first are refused', () => asker.answers().length >= 4, 60);
  const until = Date.now();
  asker.kill();
  await sleep(ON_ITS_WAY_MS);
  for (const follower of world.followers) {
    const told = toldNotLive(follower, from);
    if (told === null) {
      world.faults.push(`${follower.name} was never told that it is not live`);
      continue;
    }
    const span = { from, until: told };
    const limitMs = checkpointMs + ON_ITS_WAY_MS;
    const what = `${follower.name} was told that it is not live after`;
    atMost(world, { what, ms: told - from, limitMs, span, rank: 'most' });
  }
  const cut = world.followers.filter((follower) => wasToldSince(follower, 'disconnected', from));
  world.expect(cut.length === 0, `${cut.map(({ name }) => name).join(', ')} did not keep the connection`);
  const left = await pod.metric('graphql_subscriptions_active');
  world.expect(left === open, `${left} of ${open} subscriptions were left open`);
  judgeRefusals(world, asker, { from, until });
}

/** Null: it was not. */
function toldNotLive(follower: Follower, from: number): number | null {
  const told = follower.told();
  // It may have been told already, by a shorter absence right before.
  if (told.findLast(({ at }) => at < from)?.state === 'catching-up') return from;
  return told.find(({ state, at }) => state === 'catching-up' && at >= from)?.at ?? null;
}

export function wasToldSince(follower: Follower, state: string, from: number): boolean {
  return follower.told().some((told) => told.state === state && told.at >= from);
}

function judgeRefusals(world: World, asker: Asker, span: Span): void {
  const answers = asker.answers();
  const of = (question: string) => answers.filter((answer) => answer.question === question);
  const [mutations, queries] = [of(MUTATION), of(QUERY)];
  world.notes.push(`mutations: ${countsOf(mutations)}; queries: ${countsOf(queries)}`);
  world.faults.push(...refusedUncleanly(mutations).map((text) => `mutations: ${text}`));
  const known = ['UNAVAILABLE', 'TIMEOUT'];
  const bad = queries.filter(({ code }) => code === null || !known.includes(code));
  world.expect(bad.length === 0, `queries were answered with ${countsOf(bad)}, expected UNAVAILABLE or TIMEOUT`);
  const ms = Math.max(0, ...answers.map((answer) => answer.ms));
  atMost(world, { what: 'the slowest refusal took', ms, limitMs: REFUSED_MS, span, rank: 'most' });
}
