import { join } from 'node:path';
import type { Tally } from '../kubernetes/tally.ts';
import { exampleOf, runStack } from '../stacks.ts';
import type { Row } from '../verify/table.ts';
import { type Crashes, killAgainAndAgain, type World } from './crash.ts';
import { type Moment, StandIn } from './provider.ts';
import { Project } from './pulumi.ts';
import { rowOf } from './rows.ts';
import { openProject, settings } from './stack.ts';

const fixture = join(import.meta.dirname, 'fixture');

/** The moments at which the engine is killed: before a provider has done what it is asked, and after it, with nobody told. */
const moments = {
  asked: 'before each operation is done, the one before it being recorded',
  unheard: 'after each operation, of which it has not heard',
} as const satisfies Record<Moment, string>;

/** A dozen resources that are made, changed and removed by an engine that is killed at each operation. */
export async function crashMatrix(newTally: () => Tally): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const moment of ['asked', 'unheard'] as const) {
    const tally = newTally();
    const kills = await fixtureLife(tally, moment);
    rows.push(rowOf(`fixture killed ${kills} times ${moments[moment]}`, 12, tally));
  }
  return rows;
}

async function fixtureLife(tally: Tally, moment: Moment): Promise<number> {
  await using provider = await StandIn.start();
  using project = new Project({
    source: fixture,
    parts: ['dozen.ts'],
    environment: { PULUMI_DEBUG_PROVIDERS: provider.attached(['fixture']) },
  });
  const config = { 'fixture:password': 'a canary' };
  project.makeStack('test', { ...config, 'fixture:generation': '1' });
  // One after another: when the second call comes, what the first did has been recorded.
  const world = killing(project, provider, moment, moment === 'asked' ? 2 : 1, ['--parallel', '1']);
  let kills = 0;
  const survives = async (what: string, operation: 'up' | 'destroy', least: number) =>
    tally.check('fixture', `${what}, and converges`, async () => {
      const ended = await killAgainAndAgain(project, 'test', operation, world);
      kills += ended.kills;
      return judged(ended, least);
    });
  await survives('made', 'up', 11);
  project.configure('test', { ...config, 'fixture:generation': '2' });
  await survives('changed, one of it replaced', 'up', 11);
  await survives('removed', 'destroy', 11);
  return kills;
}

/** How many operations apart a stack of Google is killed; all of them would take an hour. */
const APART = 40;

/** Stack dev, killed while it is made, in the midst of whatever the engine does at once. */
export async function devKilled(tally: Tally): Promise<Row> {
  const { resources } = await runStack('dev');
  await using provider = await StandIn.start();
  using project = openProject({ PULUMI_DEBUG_PROVIDERS: provider.attached(['gcp', 'kubernetes']) });
  project.makeStack('dev', settings(exampleOf('dev')));
  let kills = 0;
  await tally.check('dev', `made, killed after every ${APART} operations, and converges`, async () => {
    const ended = await killAgainAndAgain(project, 'dev', 'up', killing(project, provider, 'unheard', APART));
    kills = ended.kills;
    return judged(ended, 5);
  });
  return rowOf(`dev killed ${kills} times, rung c: provider of our own`, resources.length, tally);
}

/** What a life has to complain of that was to have at least some kills. */
export function judged({ kills, problems }: Crashes, least: number): string[] {
  return kills < least ? [`it was killed ${kills} times only`, ...problems] : [...problems];
}

/** Kills every run at the `nth` call for a change. */
function killing(
  project: Project,
  provider: StandIn,
  moment: Moment,
  nth: number,
  args: readonly string[] = [],
): World {
  return {
    existing: () => new Set(provider.made.keys()),
    idOf: (urn) => provider.made.get(urn)?.id ?? '',
    arm: () => {
      let calls = 0;
      provider.dead = false;
      provider.meets = (_urn, met) => {
        if (met !== moment) return;
        calls += 1;
        if (calls !== nth) return;
        provider.dead = true;
        project.kill();
      };
      return { args };
    },
    disarm: () => {
      provider.dead = false;
      provider.meets = () => undefined;
    },
  };
}
