import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { BarsFile } from '../common/bars.ts';
import { Scene } from '../common/scene.ts';
import { passed, type Row } from './report.ts';
import { readStored } from './stored.ts';
import { DONE, ledgerFaults, printedFaults, type Result, type Scenario, startRun, type Trial } from './trial.ts';
import type { Stored } from './verdict.ts';

/** Where scenarios take place. */
export type Surroundings = {
  readonly base: string;
  readonly keep: boolean;
  readonly stop: AbortSignal;
  readonly write: (line: string) => void;
};

/** Runs a scenario within its time and ends all that it started. The folder of one that failed stays, and its last words are shown. */
export async function perform(
  given: Surroundings & { readonly name: string },
  scenario: Scenario,
  trial: Trial,
): Promise<Row> {
  const begun = performance.now();
  const late = AbortSignal.timeout(scenario.limitSeconds * 1_000);
  const scene = await Scene.open({ ...given, signal: AbortSignal.any([given.stop, late]) });
  const result = await resultOf(scene, scenario, trial);
  const seconds = (performance.now() - begun) / 1_000;
  if (given.stop.aborted) throw given.stop.reason;
  if (passed(result)) {
    if (!given.keep) await scene.remove();
    return { scenario, result, seconds };
  }
  return { scenario, seconds, result: { ...result, faults: [...result.faults, ...lastWords(scene.folder)] } };
}

async function resultOf(scene: Scene, scenario: Scenario, trial: Trial): Promise<Result> {
  await using _ = scene;
  try {
    return await scenario.run(scene, trial);
  } catch (error) {
    const fault = error instanceof Error ? error.message : String(error);
    return { struck: 'not to the end', restarts: 0, events: null, sameSha256: null, faults: [fault] };
  }
}

/** There is nothing to hold the scenarios against. */
export class Failed extends Error {}

/** What a run leaves that nothing disturbs. Throws Failed when it fails, or says too little for anybody to judge by. */
export async function undisturbed(given: Surroundings, bars: BarsFile): Promise<Stored> {
  const signal = AbortSignal.any([given.stop, AbortSignal.timeout(300_000)]);
  await using scene = await Scene.open({ ...given, name: 'undisturbed', signal });
  const run = startRun(scene, { log: 'run', bars, speed: 'max', exit: true });
  const end = await run.ended(signal);
  if (end !== DONE) throw new Failed(`the undisturbed run: ${end}\n${run.errors()}${run.output()}`);
  const stored = await readStored(scene.data);
  const faults = [
    ...printedFaults('the undisturbed run', run.output(), stored),
    ...(await ledgerFaults(scene, stored)),
  ];
  if (stored.chainFault !== null) faults.push(stored.chainFault);
  if (stored.settled < FEWEST_SETTLED) faults.push(`${stored.settled} settled signals, expected ${FEWEST_SETTLED}`);
  if (faults.length > 0) throw new Failed(`the undisturbed run:\n${faults.join('\n')}`);
  if (!given.keep) await scene.remove();
  return stored;
}

/** With fewer a lost one might not be noticed. */
const FEWEST_SETTLED = 30;

const WORDS = 6;
const WIDTH = 200;

/** Where the folder is, and the ends of what was said in it: all errors, the newest output, and the logs of service and database. */
function lastWords(folder: string): string[] {
  const said = readdirSync(folder).map((name) => join(folder, name));
  const errors = said.filter((path) => path.endsWith('.err'));
  const outputs = said
    .filter((path) => path.endsWith('.out'))
    .sort((a, b) => statSync(a).mtimeMs - statSync(b).mtimeMs);
  const logs = ['heliograph.log', 'postgres.log'].map((name) => join(folder, 'data', name));
  const ends = [...errors, ...outputs.slice(-1), ...logs.filter((path) => existsSync(path))].flatMap((path) => {
    const lines = readFileSync(path, 'utf8').trimEnd().split('\n').slice(-WORDS);
    return lines.join('') === '' ? [] : [[`${path}:`, ...lines.map((text) => `  ${text.slice(0, WIDTH)}`)].join('\n')];
  });
  return [`kept: ${folder}`, ...ends];
}
