#!/usr/bin/env node
import { main } from '../terminal/watch.ts';

const stdout = process.stdout;
const stderr = process.stderr;
const stop = new AbortController();
// `on`, not `once`: Ctrl-C comes from the terminal and a second time from npm.
for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, end);
// A reader that has gone, such as `head`, is told to whoever writes next; without listeners it would be a crash.
stdout.on('error', () => stop.abort());
stderr.on('error', () => {});

function end(): void {
  stop.abort();
  // A reader that has stopped reading, but not gone, would keep the last line waiting.
  setTimeout(() => process.exit(130), 3_000).unref();
}

const terminal = {
  print: (text: string) =>
    new Promise<void>((resolve, reject) => stdout.write(text, (error) => (error ? reject(error) : resolve()))),
  note: (line: string) => void stderr.write(`${line}\n`),
  colour: stdout.isTTY && stdout.hasColors(),
  width: stdout.isTTY ? stdout.columns : Number.POSITIVE_INFINITY,
  headerEvery: stdout.isTTY ? Math.max(10, stdout.rows - 3) : 40,
};

// A socket that waits for a frozen server would hold the process.
process.exit(await main(process.argv.slice(2), terminal, stop.signal));
