import { setTimeout as sleep } from 'node:timers/promises';
import { type Random, randomOf } from '../../backend/platform/random.ts';
import { speedFor } from '../common/bars.ts';
import { killPostmaster, postmasterOf, sendKill } from '../common/processes.ts';
import type { Running } from '../common/running.ts';
import type { Scene } from '../common/scene.ts';
import { DONE, judge, ledgerFaults, type Result, type Scenario, SERVES, startRun, type Trial } from './trial.ts';
import { unequal } from './verdict.ts';

const KILLS = 5;
/** With five early deaths within a minute the service gives its database up, and is right. */
const DATABASE_KILLS = 4;
/** A service that dies within its first seconds may be anywhere from initdb to the log. ms after its start */
const LIFE_MS = [100, 4_000] as const;
/** Between two deaths of its database. ms */
const PAUSE_MS = [200, 1_500] as const;
/** Seconds that the part after the history takes. */
const PACED_SECONDS = 15;
const LIMIT_SECONDS = 180;

/** Kills at moments that nobody chose, several in one run: the service alone, its database alone, both. */
export function randomMoments(seed: number, times: number): Scenario[] {
  return Array.from({ length: times }, (_, round) => round).flatMap((round) => {
    const random = (target: string) => randomOf(`faults ${seed} random ${target} ${round}`);
    const common = { point: 'random moments', limitSeconds: LIMIT_SECONDS };
    const detail = `${KILLS} kills, round ${round + 1}`;
    return [
      { ...common, detail, target: 'node', run: (scene, trial) => killService(scene, trial, random('node'), false) },
      { ...common, detail, target: 'both', run: (scene, trial) => killService(scene, trial, random('both'), true) },
      {
        ...common,
        detail: `${DATABASE_KILLS} kills, round ${round + 1}`,
        target: 'postmaster',
        run: (scene, trial) => killDatabase(scene, trial, random('postmaster')),
      },
    ] satisfies Scenario[];
  });
}

async function killService(scene: Scene, trial: Trial, random: Random, both: boolean): Promise<Result> {
  const speed = speedFor(trial.bars, PACED_SECONDS);
  const lives: number[] = [];
  const faults: string[] = [];
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const run = startRun(scene, { log: `life-${kill}`, bars: trial.bars, speed, exit: true });
    const life = random.integer(...LIFE_MS);
    await sleep(life, undefined, { signal: scene.signal });
    const postmaster = both ? postmasterOf(scene.data) : null;
    if (postmaster !== null) sendKill(postmaster);
    run.kill('SIGKILL');
    faults.push(...unequal(`life ${kill}`, 'SIGKILL', await run.ended(scene.signal)));
    lives.push(life);
  }
  const last = startRun(scene, { log: 'restarted', bars: trial.bars, speed: 'max', exit: true });
  return judged(scene, trial, last, { struck: `after ${lives.join(', ')} ms`, restarts: KILLS, faults });
}

async function killDatabase(scene: Scene, trial: Trial, random: Random): Promise<Result> {
  const speed = speedFor(trial.bars, PACED_SECONDS);
  const run = startRun(scene, { log: 'struck', bars: trial.bars, speed, exit: true });
  await run.says(SERVES, scene.signal);
  const pauses: number[] = [];
  for (let kill = 1; kill <= DATABASE_KILLS && run.end === null; kill += 1) {
    const pause = random.integer(...PAUSE_MS);
    await sleep(pause, undefined, { signal: scene.signal });
    await killPostmaster(scene);
    pauses.push(pause);
  }
  const faults = unequal('kills', DATABASE_KILLS, pauses.length);
  return judged(scene, trial, run, { struck: `after ${pauses.join(', ')} ms`, restarts: 0, faults });
}

type SoFar = Pick<Result, 'struck' | 'restarts' | 'faults'>;

async function judged(scene: Scene, trial: Trial, last: Running, soFar: SoFar): Promise<Result> {
  const ended = unequal('the last run', DONE, await last.ended(scene.signal));
  const result = await judge(scene, trial, last);
  const ledger = await ledgerFaults(scene, trial.reference);
  return { ...result, ...soFar, faults: [...soFar.faults, ...ended, ...result.faults, ...ledger] };
}
