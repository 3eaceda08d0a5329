import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { constants, setPriority } from 'node:os';
import { text } from 'node:stream/consumers';
import { wallClock } from '../../platform/clock.ts';
import type { JobHandler } from '../../platform/job-queue/job-queue.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { readMarkets, STORED } from './markets.ts';
import { ourselves } from './ourselves.ts';

/** Of what a training that failed complains of; the reason comes first. */
const SHOWN = 500;

/** Trains in a process of its own: it is work for minutes, and whoever asks how this one does gets an answer meanwhile. */
export function retraining(
  { pools, database, metrics, log }: Pick<Runtime, 'pools' | 'database' | 'metrics' | 'log'>,
  program = ourselves(),
): JobHandler {
  return async ({ signal }) => {
    if ((await readMarkets(pools.work, wallClock.now())).length === 0) return;
    const { end, output, complaint } = await trainApart(program, database.folder, signal);
    const stored = [...output.matchAll(new RegExp(`^ +${STORED} +(\\S+)$`, 'gm'))].map(([, id = '']) => id);
    metrics.trainingRuns.inc({ result: 'succeeded' }, stored.length);
    metrics.jobItems.inc({ job_name: 'retraining', result: 'done' }, stored.length);
    if (stored.length > 0) log.info('models were trained anew', { models: stored });
    if (end === 'exit code 0') return;
    metrics.trainingRuns.inc({ result: 'failed' });
    throw new Error(`the training ended with ${end}: ${complaint.trim().slice(0, SHOWN)}`);
  };
}

type Said = { readonly end: string; readonly output: string; readonly complaint: string };

async function trainApart(program: readonly string[], folder: string | null, signal: AbortSignal): Promise<Said> {
  const [file = '', ...args] = [...program, 'train', ...(folder === null ? [] : ['--data-dir', folder])];
  const child = spawn(file, args, { stdio: ['ignore', 'pipe', 'pipe'], signal });
  const ended = once(child, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  if (child.pid !== undefined) setPriority(child.pid, constants.priority.PRIORITY_BELOW_NORMAL);
  const [[code, by], output, complaint] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  return { end: by ?? `exit code ${code}`, output, complaint };
}
