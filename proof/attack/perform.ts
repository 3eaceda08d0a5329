import type { Attack, Faults, Row, Trial } from './attack.ts';
import { growthText, measure, stallText } from './scene/costs.ts';
import type { Scene } from './scene/scene.ts';
import { SURFACES } from './surfaces.ts';
import { TRANSPORTS, type Transport } from './wire/answer.ts';

type Found = Pick<Row, 'verdict' | 'faults' | 'figures'>;

/** Makes all trials of an attack: a row for each transport that it has one on, and where there is nothing to attack. */
export async function perform(scene: Scene, attack: Attack): Promise<Row[]> {
  const rows: Row[] = [];
  for (const transport of TRANSPORTS) {
    const found = await verdictOf(scene, attack, transport);
    if (found !== null) rows.push({ number: attack.number, title: attack.title, transport, ...found });
  }
  return rows;
}

async function verdictOf(scene: Scene, attack: Attack, transport: Transport): Promise<Found | null> {
  const trial = attack.trials[transport];
  const missing = await missingSurface(scene, attack, transport);
  if (missing !== null) return missing;
  if (trial === undefined) return null;
  const figures: string[] = [];
  // A scene need not be a plain object, and is not copied.
  const own = Object.assign(Object.create(scene) as Scene, { tell: (figure: string) => void figures.push(figure) });
  const faults = await measured(own, attack, trial).catch((error: unknown) => [
    `the trial failed: ${error instanceof Error ? (error.stack ?? error.message).slice(0, 400) : String(error)}`,
  ]);
  return { verdict: faults.length === 0 ? 'SAFE' : 'UNSAFE', faults, figures: [...new Set(figures)] };
}

const NOTHING = { verdict: 'NO SURFACE', faults: [], figures: [] } as const;

/** Null where there is something to attack. */
async function missingSurface(scene: Scene, attack: Attack, transport: Transport): Promise<Found | null> {
  if (transport === 'sse') return attack.trials.sse === undefined || scene.eventsUrl !== null ? null : NOTHING;
  const surface = SURFACES.find(({ attacks }) => attacks.includes(attack.number));
  if (surface === undefined || transport !== 'http') return null;
  const appeared = await surface.probe(scene);
  return appeared === null
    ? NOTHING
    : { verdict: 'UNSAFE', faults: [`${surface.what} appeared: ${appeared}; write the trial`], figures: [] };
}

/** The trial, and what it did to the process. */
async function measured(scene: Scene, { stallMs, growthMb }: Attack, trial: Trial): Promise<Faults> {
  let faults: Faults = [];
  const tried = async (): Promise<boolean> => {
    faults = await trial(scene);
    if (!(await scene.production.isAlive())) faults = [...faults, 'the process did not outlive it'];
    return faults.length === 0;
  };
  if (stallMs === undefined && growthMb === undefined) {
    await tried();
    return faults;
  }
  const costs = await measure(scene, tried);
  if (costs === null) return faults;
  if (stallMs !== undefined) scene.tell(stallText(costs));
  if (growthMb !== undefined) scene.tell(growthText(costs));
  return [
    ...(stallMs !== undefined && costs.usual.stallMs > stallMs
      ? [`the event loop was ${stallText(costs)}, expected at most ${stallMs} ms`]
      : []),
    ...(growthMb !== undefined && costs.usual.growthMb > growthMb
      ? [`the process ${growthText(costs)}, expected at most ${growthMb} MB`]
      : []),
  ];
}
