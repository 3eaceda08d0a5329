import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { follow } from '../../../client/follow.ts';
import type { ApplicationOptions } from './follower.ts';

// A program of a user: what its callback sees goes into a file, a line a delivery, with the cursor. The line is the effect and the place at
// once, so a kill between two of them loses and doubles nothing.
const options = JSON.parse(process.argv[2] ?? '{}') as ApplicationOptions;
const after = lastCursor(options.heard) ?? options.after ?? undefined;
const note = (state: string, detail: string): void =>
  appendFileSync(options.told, `${JSON.stringify({ at: Date.now(), state, detail })}\n`);

try {
  const deliveries = follow({
    url: options.url,
    after,
    from: 'BEGINNING',
    filter: options.side === null ? undefined : { sides: [options.side] },
    stallAfterMs: options.stallAfterMs,
    onStatus: (status) =>
      note(status.state, 'reason' in status ? `${status.reason}; again in ${status.retryInMs} ms` : ''),
    onProblem: (problem) => {
      note('problem', problem.code);
      return options.goOn ? (problem.lastCommonCursor ?? problem.earliestCursor) : null;
    },
  });
  for await (const { events, cursor } of deliveries) {
    const seen = events.map(({ seq, reason }) => ({ seq, id: reason ?? '' }));
    appendFileSync(options.heard, `${JSON.stringify({ at: Date.now(), cursor, events: seen })}\n`);
  }
} catch (error) {
  note('ended', error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}

/** Of the last line that is whole; what follows it is cut off. */
function lastCursor(path: string): string | null {
  if (!existsSync(path)) return null;
  const lines = readFileSync(path, 'utf8').split('\n');
  if (lines.pop() !== '') writeFileSync(path, lines.map((line) => `${line}\n`).join(''));
  const last = lines.at(-1);
  return last === undefined ? null : (JSON.parse(last) as { cursor: string }).cursor;
}
