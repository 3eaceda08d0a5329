import { setTimeout as sleep } from 'node:timers/promises';
import { randomOf } from '../../backend/platform/random.ts';
import { speedFor } from '../common/bars.ts';
import { killPostmaster, postmasterOf, sendKill } from '../common/processes.ts';
import { type Running, until } from '../common/running.ts';
import type { Scene } from '../common/scene.ts';
import { DONE, judge, type Result, type Scenario, SERVES, startRun, type Trial } from './trial.ts';
import { deliveryFaults, type SeenEvent, unequal } from './verdict.ts';

const TARGETS = ['node', 'postmaster', 'both', 'node while it starts'] as const;
type Target = (typeof TARGETS)[number];

/** ms between two kills */
const PAUSE_MS = [1_500, 3_500] as const;
const AVERAGE_S = 2.5;
const LIMIT_SECONDS = 300;
/** What is printed twice comes late. ms */
const AFTERWARDS_MS = 1_500;

/** A `follow` that runs through kills of everything that it follows, from before the first start to the last event. */
export function followerThroughKills(seed: number, kills: number): Scenario {
  return {
    point: 'follow runs through',
    target: 'all in turn',
    detail: `${kills} kills`,
    limitSeconds: LIMIT_SECONDS,
    run: (scene, trial) => run(scene, trial, seed, kills),
  };
}

async function run(scene: Scene, trial: Trial, seed: number, kills: number): Promise<Result> {
  const random = randomOf(`faults ${seed} follower`);
  const speed = speedFor(trial.bars, (kills + 1) * AVERAGE_S);
  const follower = scene.node('follow', ['client/bin/follow.ts', '--json', '--from-beginning', '--url', scene.url]);
  let starts = 0;
  const start = (): Running => {
    starts += 1;
    return startRun(scene, { log: `service-${starts}`, bars: trial.bars, speed, exit: false });
  };

  let service = start();
  for (let kill = 0; kill < kills; kill += 1) {
    const target = TARGETS[kill % TARGETS.length] ?? 'node';
    if (target !== 'node while it starts') {
      await service.says(SERVES, scene.signal);
      await sleep(random.integer(...PAUSE_MS), undefined, { signal: scene.signal });
    } else await sleep(random.integer(0, 1_500), undefined, { signal: scene.signal });
    if (follower.end !== null) throw new Error(`follow ended by itself: ${follower.end}\n${follower.errors()}`);
    await strike(target, scene, service);
    if (service.end !== null) service = start();
  }
  const head = trial.reference.events.length;
  const isThere = () => {
    for (const [name, running] of Object.entries({ follower, service }))
      if (running.end !== null) throw new Error(`the ${name} ended by itself: ${running.end}\n${running.errors()}`);
    return (printedBy(follower, -1)[0]?.seq ?? 0) >= head;
  };
  await until('the last event', isThere, { signal: scene.signal, seconds: LIMIT_SECONDS });
  await sleep(AFTERWARDS_MS, undefined, { signal: scene.signal });
  return outcome(scene, trial, { follower, service, kills, starts });
}

async function strike(target: Target, scene: Scene, service: Running): Promise<void> {
  if (target === 'postmaster') {
    await killPostmaster(scene);
    if (service.end !== null) throw new Error(`the service did not survive its postmaster: ${service.end}`);
    return;
  }
  const postmaster = target === 'both' ? postmasterOf(scene.data) : null;
  if (postmaster !== null) sendKill(postmaster);
  service.kill('SIGKILL');
  const ended = await service.ended(scene.signal);
  if (ended !== 'SIGKILL') throw new Error(`the service ended by itself: ${ended}\n${service.errors()}`);
}

type Played = {
  readonly follower: Running;
  readonly service: Running;
  readonly kills: number;
  readonly starts: number;
};

async function outcome(scene: Scene, trial: Trial, { follower, service, kills, starts }: Played): Promise<Result> {
  service.kill('SIGTERM');
  const serviceEnd = await service.ended(scene.signal);
  // Bars may come after the last event. They must bring none.
  const rest = startRun(scene, { log: 'rest', bars: trial.bars, speed: 'max', exit: true });
  const restEnd = await rest.ended(scene.signal);
  follower.kill('SIGTERM');
  const followerEnd = await follower.ended(scene.signal);
  const judged = await judge(scene, trial, rest);
  return {
    ...judged,
    struck: `${kills} times`,
    restarts: starts - 1,
    faults: [
      ...unequal('the service, told to stop', DONE, serviceEnd),
      ...unequal('the rest', DONE, restEnd),
      ...unequal('follow, told to stop', DONE, followerEnd),
      ...deliveryFaults(printedBy(follower), trial.reference.events).map((fault) => `follow: ${fault}`),
      ...judged.faults,
    ],
  };
}

/** The events that were printed, from a line on; whole lines only. */
function printedBy(follower: Running, from = 0): SeenEvent[] {
  const lines = follower.output().split('\n').slice(0, -1);
  return lines.slice(from).map((line) => {
    const { seq, type } = JSON.parse(line) as { seq: number; type: string };
    return { seq: Number(seq), type };
  });
}
