import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { type EngineEvent, eventsOf, type Outcome } from './events.ts';
import { killTree, memoryOf, treeOf } from './processes.ts';

/** A command that runs, with all that it starts. */
export type Running = {
  readonly ended: Promise<Pick<Outcome, 'exitCode' | 'output' | 'peakMiB'>>;
  /** Ends it and all that it has started by SIGKILL, at this moment. */
  readonly kill: () => void;
};

type Place = {
  readonly folder: string;
  /** The file that gets what it prints. */
  readonly output: string;
  /** Is called every now and then while it runs. */
  readonly look?: () => void;
};

const TIMEOUT_MS = 60 * 60_000;
const LOOK_MS = 100;

/** Starts a command whose first words may be assignments to its environment. */
export function execute(command: readonly string[], { folder, output, look = () => undefined }: Place): Running {
  const file = openSync(output, 'w');
  // Into a file and not a pipe: what the engine starts may outlive it, and a pipe would wait for the last of them.
  const child = spawn('env', command, { cwd: folder, stdio: ['ignore', file, file] });
  closeSync(file);
  const kill = () => killTree(treeOf(child.pid));
  const began = performance.now();
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, memoryOf(treeOf(child.pid)));
    look();
    if (performance.now() - began > TIMEOUT_MS) kill();
  }, LOOK_MS);
  const ended = new Promise<Awaited<Running['ended']>>((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', (exitCode) => {
      clearInterval(timer);
      const peakMiB = peak === 0 ? null : Math.round(peak);
      resolve({ exitCode, output: readFileSync(output, 'utf8'), peakMiB });
    });
  });
  return { ended, kill };
}

/** Gives each event of a log that is still being written, once, whenever it is called. */
export function follow(log: string, seen: (event: EngineEvent) => void): () => void {
  let from = 0;
  let text = '';
  return () => {
    const chunk = Buffer.alloc(2 ** 20);
    const file = openSync(log, 'r');
    try {
      for (let size = 1; size > 0; from += size) {
        size = readSync(file, chunk, 0, chunk.length, from);
        // A character may be torn in two where a chunk ends: what is read of events has none beyond ASCII.
        text += chunk.toString('latin1', 0, size);
      }
    } finally {
      closeSync(file);
    }
    const whole = text.lastIndexOf('\n') + 1;
    const events = eventsOf(text.slice(0, whole));
    text = text.slice(whole);
    for (const event of events) seen(event);
  };
}
