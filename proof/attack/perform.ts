import { setTimeout as sleep } from 'node:timers/promises';
import type { Attack, Faults, Row, Trial } from './attack.ts';
import { costsOf } from './scene/costs.ts';
import type { Scene } from './scene/scene.ts';
import { SURFACES } from './surfaces.ts';
import { TRANSPORTS, type Transport } from './wire/answer.ts';

/** Makes all trials of an attack: a row for each transport that it has one on, and where there is nothing to attack. */
export async function perform(scene: Scene, attack: Attack): Promise<Row[]> {
  const rows: Row[] = [];
  for (const transport of TRANSPORTS) {
    const found = await verdictOf(scene, attack, transport);
    if (found !== null) rows.push({ number: attack.number, title: attack.title, transport, ...found });
  }
  return rows;
}

async function verdictOf(
  scene: Scene,
  attack: Attack,
  transport: Transport,
): Promise<Pick<Row, 'verdict' | 'faults'> | null> {
  const trial = attack.trials[transport];
  const missing = await missingSurface(scene, attack, transport);
  if (missing !== null) return missing;
  if (trial === undefined) return null;
  const faults = await measured(scene, attack, trial).catch((error: unknown) => [
    `the trial failed: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 400) : String(error)}`,
  ]);
  return { verdict: faults.length === 0 ? 'SAFE' : 'UNSAFE', faults };
}

/** Null where there is something to attack. */
async function missingSurface(
  scene: Scene,
  attack: Attack,
  transport: Transport,
): Promise<Pick<Row, 'verdict' | 'faults'> | null> {
  if (transport === 'sse')
    return attack.trials.sse === undefined || scene.eventsUrl !== null ? null : { verdict: 'NO SURFACE', faults: [] };
  const surface = SURFACES.find(({ attacks }) => attacks.includes(attack.number));
  if (surface === undefined || transport !== 'http') return null;
  const appeared = await surface.probe(scene);
  return appeared === null
    ? { verdict: 'NO SURFACE', faults: [] }
    : { verdict: 'UNSAFE', faults: [`${surface.what} appeared: ${appeared}; write the trial`] };
}

const ATTEMPTS = 8;

/** The trial, and what it did to the process. */
async function measured(scene: Scene, { stallMs, growthMb }: Attack, trial: Trial): Promise<Faults> {
  let faults: Faults = [];
  let costs = { stallMs: Number.POSITIVE_INFINITY, growthMb: Number.POSITIVE_INFINITY };
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    const before = await scene.production.figures();
    faults = await trial(scene);
    const after = await scene.production.figures();
    if (!(await scene.production.isAlive())) return [...faults, 'the process did not outlive it'];
    if (before === null || after === null || faults.length > 0) return faults;
    const now = costsOf(before, after);
    // What the attack does it does each time; what is seen only now and then is this machine's own business.
    costs = { stallMs: Math.min(costs.stallMs, now.stallMs), growthMb: Math.min(costs.growthMb, now.growthMb) };
    if (costs.stallMs <= (stallMs ?? costs.stallMs) && costs.growthMb <= (growthMb ?? costs.growthMb)) return faults;
    await sleep(200);
  }
  const stalled = stallMs !== undefined && costs.stallMs > stallMs;
  const grown = growthMb !== undefined && costs.growthMb > growthMb;
  return [
    ...(stalled ? [`the event loop stood still for ${Math.round(costs.stallMs)} ms, expected at most ${stallMs}`] : []),
    ...(grown ? [`the process grew by ${costs.growthMb.toFixed(1)} MB, expected at most ${growthMb}`] : []),
  ];
}
