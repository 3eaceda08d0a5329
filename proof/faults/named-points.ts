import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrationFiles } from '../../backend/platform/database/migrate.ts';
import { FAULT_POINTS, type FaultPoint } from '../../backend/platform/fault-point.ts';
import { type Random, randomOf } from '../../backend/platform/random.ts';
import { speedFor } from '../common/bars.ts';
import { postmasterOf } from '../common/processes.ts';
import { type Running, until } from '../common/running.ts';
import type { Scene } from '../common/scene.ts';
import { type Aftermath, strikeFaults, TARGETS, type Target } from './strike.ts';
import { DONE, judge, type Result, type Scenario, startRun, type Trial } from './trial.ts';
import { unequal } from './verdict.ts';

/**
 * How often a point is surely reached: when the whole file comes at once and is written in a few large transactions, and when it comes
 * minute by minute.
 */
const REACHED: Readonly<Record<FaultPoint, { readonly atOnce: number; readonly paced: number }>> = {
  'database.initdb': { atOnce: 9, paced: 9 },
  'migration.applied': { atOnce: migrationFiles().length, paced: migrationFiles().length },
  'bars.committed': { atOnce: 4, paced: 40 },
  'training.started': { atOnce: 1, paced: 1 },
  'training.stored': { atOnce: 1, paced: 1 },
  'step.before-append': { atOnce: 2, paced: 30 },
  'step.before-commit': { atOnce: 2, paced: 40 },
  'step.committed': { atOnce: 3, paced: 40 },
  'settlement.changed': { atOnce: 2, paced: 30 },
};

/** Seconds that the part after the history takes when it is paced. */
const PACED_SECONDS = 6;
const LIMIT_SECONDS = 150;

export const POINTS: readonly string[] = FAULT_POINTS;

/** Every named point with every target, so many times, each time at another occurrence where there are several. */
export function namedPoints(points: readonly string[], seed: number, times: number): Scenario[] {
  return FAULT_POINTS.filter((point) => points.includes(point)).flatMap((point) =>
    TARGETS.flatMap((target) => {
      const random = randomOf(`faults ${seed} ${point} ${target}`);
      return distinct(Array.from({ length: times }, (_, round) => strikeOf(point, target, round, random))).map(
        scenario,
      );
    }),
  );
}

type Strike = {
  readonly point: FaultPoint;
  readonly target: Target;
  readonly pace: 'paced' | 'atOnce';
  readonly occurrence: number;
};

function strikeOf(point: FaultPoint, target: Target, round: number, random: Random): Strike {
  const pace = round % 2 === 0 ? 'paced' : 'atOnce';
  return { point, target, pace, occurrence: random.integer(1, REACHED[point][pace] + 1) };
}

/** A point that is reached once need not be struck there three times. */
function distinct(strikes: readonly Strike[]): Strike[] {
  return [...new Map(strikes.map((strike) => [`${strike.pace} ${strike.occurrence}`, strike])).values()];
}

function scenario(strike: Strike): Scenario {
  const { point, target, pace, occurrence } = strike;
  return {
    ...{ point, target, limitSeconds: LIMIT_SECONDS },
    detail: `occurrence ${occurrence}, ${pace === 'paced' ? 'minute by minute' : 'all at once'}`,
    run: (scene, trial) => run(strike, scene, trial),
  };
}

async function run({ point, target, pace, occurrence }: Strike, scene: Scene, trial: Trial): Promise<Result> {
  const speed = pace === 'paced' ? speedFor(trial.bars, PACED_SECONDS) : 'max';
  const struckRun = startRun(scene, {
    ...{ log: 'struck', bars: trial.bars, speed, exit: true },
    settings: { FAULT_POINT: `${point}:${occurrence}:${target}` },
  });
  const faults = strikeFaults(point, target, await aftermathOf(scene, struckRun, target));

  const survived = struckRun.end === DONE;
  const last = survived ? struckRun : startRun(scene, { log: 'restarted', bars: trial.bars, speed: 'max', exit: true });
  faults.push(...unequal('the last run', DONE, await last.ended(scene.signal)));
  const judged = await judge(scene, trial, last);
  return {
    ...judged,
    struck: `occurrence ${occurrence}`,
    restarts: survived ? 0 : 1,
    faults: [...faults, ...judged.faults],
  };
}

async function aftermathOf(scene: Scene, struck: Running, target: Target): Promise<Aftermath> {
  const end = await struck.ended(scene.signal);
  await sleep(MOMENT_MS);
  if (target === 'both') await ended(scene);
  const log = join(scene.data, 'heliograph.log');
  return {
    ...{ end, errors: struck.errors() },
    log: existsSync(log) ? readFileSync(log, 'utf8') : '',
    postmaster: postmasterOf(scene.data) !== null,
    database: existsSync(join(scene.data, 'cluster')),
    drafts: readdirSync(scene.data).filter((name) => name.startsWith('initdb-')).length,
  };
}

/** Waits for the end of a postmaster that was killed too; one that outlives it is for whoever looks. */
async function ended({ data, signal }: Scene): Promise<void> {
  const isGone = (): boolean => postmasterOf(data) === null;
  await until('its postmaster has ended', isGone, { signal, seconds: 20 }).catch(() => signal.throwIfAborted());
}

/** A process that was killed is there until its end is noticed. */
const MOMENT_MS = 50;
