import type { BarsFile } from '../common/bars.ts';
import type { Running } from '../common/running.ts';
import type { Scene } from '../common/scene.ts';
import { readStored } from './stored.ts';
import { type Stored, storedFaults, unequal } from './verdict.ts';

/** What every scenario is given. */
export type Trial = {
  readonly bars: BarsFile;
  /** What an undisturbed run over the bars left. */
  readonly reference: Stored;
  readonly seed: number;
  readonly write: (line: string) => void;
};

/** How a scenario went. It passed when there are no faults. */
export type Result = {
  /** What struck, and how often. */
  readonly struck: string;
  readonly restarts: number;
  readonly events: number | null;
  /** Null where the scenario has a log of its own. */
  readonly sameSha256: boolean | null;
  readonly faults: readonly string[];
};

export type Scenario = {
  readonly point: string;
  readonly target: string;
  readonly detail: string;
  readonly limitSeconds: number;
  /** Throws what it cannot go on after; the processes are ended in any case. */
  readonly run: (scene: Scene, trial: Trial) => Promise<Result>;
};

/** More signals than by default: a day of invented bars is short. */
const POLICY = { SIGNAL_TOP_QUANTILE: '0.3' } as const;

export type Run = {
  readonly log: string;
  readonly bars: BarsFile;
  readonly speed: number | 'max';
  /** Whether it ends with its source. */
  readonly exit: boolean;
  readonly settings?: Readonly<Record<string, string>>;
};

export function startRun(scene: Scene, { log, bars, speed, exit, settings }: Run): Running {
  const args = ['start', '--bars', bars.file, '--speed', String(speed), ...(exit ? ['--exit'] : [])];
  return scene.service(log, args, { ...POLICY, ...settings });
}

/** What the service prints when it can be reached. */
export const SERVES = 'GraphQL ';

export const DONE = 'exit code 0';

/**
 * After a run has come to its end: what it printed, what another run over the same folder adds (nothing) and what the folder holds,
 * against the undisturbed run.
 */
export async function judge(scene: Scene, trial: Trial, last: Running): Promise<Omit<Result, 'struck' | 'restarts'>> {
  const { reference } = trial;
  const again = startRun(scene, { log: 'again', bars: trial.bars, speed: 'max', exit: true });
  const ended = await again.ended(scene.signal);
  const stored = await readStored(scene.data);
  return {
    events: stored.events.length,
    sameSha256: stored.sha256 === reference.sha256,
    faults: [
      ...printedFaults('the last run', last.output(), reference),
      ...unequal('another run', DONE, ended),
      ...unequal('bars stored by another run', '0', /bars +(\d+) stored/.exec(again.output())?.[1]),
      ...printedFaults('another run', again.output(), reference),
      ...storedFaults(reference, stored),
    ],
  };
}

/** What verify-ledger must say of the folder. */
export async function ledgerFaults(scene: Scene, { events, sha256 }: Stored): Promise<string[]> {
  const verify = scene.service('verify-ledger', ['verify-ledger']);
  const ended = await verify.ended(scene.signal);
  const said = verify.output();
  return [
    ...unequal('verify-ledger', DONE, ended),
    ...unequal('events by verify-ledger', String(events.length), /^ +events +(\d+)/m.exec(said)?.[1]),
    ...unequal('sha256 by verify-ledger', sha256, /^ +sha256 +([0-9a-f]{64})/m.exec(said)?.[1]),
    ...unequal('chain by verify-ledger', 'holds', /^ +chain +(\w+)/m.exec(said)?.[1]),
  ];
}

/** The summary of a run must say what the folder holds. */
export function printedFaults(who: string, output: string, { events, sha256, published }: Stored): string[] {
  return [
    ...unequal(`sha256 printed by ${who}`, sha256, /^ +sha256 +([0-9a-f]{64})$/m.exec(output)?.[1]),
    ...unequal(
      `log printed by ${who}`,
      `${events.length} events, hash chain holds`,
      /^ +log +(\d+ events.*)$/m.exec(output)?.[1],
    ),
    ...unequal(`signals printed by ${who}`, String(published), /^ +signals +(\d+) published/m.exec(output)?.[1]),
  ];
}
