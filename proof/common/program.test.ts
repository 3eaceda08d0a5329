import { spawn } from 'node:child_process';
import { expect, it, onTestFinished } from 'vitest';
import { stillThere } from './process-tree.ts';
import { Program } from './program.ts';

const never = new AbortController().signal;

function started(script: string, stop = never): Program {
  const program = new Program(spawn('sh', ['-c', script], { detached: true }), stop);
  onTestFinished(() => program.kill());
  return program;
}

it('waits for what is said, and for an exit code of 0', async () => {
  const program = started('echo ready; exec sleep 0.1');
  await program.says('ready', 10, 'it');
  await program.ended(10, 'it');
});

it('tells another exit code with what was said', async () => {
  await expect(started('echo broken >&2; exit 3').ended(10, 'npm ci')).rejects.toThrow(
    'npm ci: exit code 3, expected exit code 0\nbroken',
  );
});

it('tells a signal as the end', async () => {
  await expect(started('kill -9 $$').ended(10, 'it')).rejects.toThrow('it: SIGKILL, expected exit code 0');
});

it('tells a program that ends before it said what was waited for', async () => {
  await expect(started('echo other').says('ready', 10, 'it')).rejects.toThrow(
    'it: exit code 0, expected it to say ready\nother',
  );
});

it('tells what is not over in time', async () => {
  await expect(started('exec sleep 60').ended(0.1, 'it')).rejects.toThrow(
    'it: not over after 0.1 s, expected exit code 0',
  );
});

it('tells a program that cannot be started', async () => {
  const program = new Program(spawn('no-such-program'), never);
  await expect(program.ended(10, 'it')).rejects.toThrow('it: spawn no-such-program ENOENT');
});

it('stops waiting when it is told to', async () => {
  const stop = new AbortController();
  const waiting = started('exec sleep 60', stop.signal).ended(60, 'it');
  stop.abort(new Error('ended by SIGTERM'));
  await expect(waiting).rejects.toThrow('ended by SIGTERM');
});

it.runIf(process.platform === 'linux')('sees what outlives the program that started it', async () => {
  const program = started('sleep 60 & echo ready; wait');
  await program.says('ready', 10, 'it');
  // A child is the shell itself until it has become what it is to run.
  const commands = () => program.processes().map(({ command }) => command);
  await expect.poll(commands).toEqual([expect.stringContaining('sh -c'), 'sleep 60']);
  const seen = program.processes();

  program.child.kill('SIGKILL');
  await expect(program.ended(10, 'it')).rejects.toThrow('it: SIGKILL');
  expect(stillThere(seen).map(({ command }) => command)).toEqual(['sleep 60']);
  program.kill();
  await expect.poll(() => stillThere(seen)).toEqual([]);
});
