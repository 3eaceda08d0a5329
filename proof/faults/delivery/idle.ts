import { appendFileSync } from 'node:fs';

// A process that has nothing to do but to wait for its timer: what it is late by is the machine's, and nobody else's.
const EVERY_MS = 10;
const TOLD_EACH_MS = 100;
const [path = ''] = process.argv.slice(2);
const parent = process.ppid;
let [due, told, late] = [performance.now() + EVERY_MS, performance.now(), 0];

setTimeout(turn, EVERY_MS);

function turn(): void {
  // Whoever asked for it has gone without a word.
  if (process.ppid !== parent) return;
  const now = performance.now();
  late = Math.max(late, now - due);
  if (now - told >= TOLD_EACH_MS) {
    appendFileSync(path, `${JSON.stringify({ at: Date.now(), late: Math.round(late) })}\n`);
    [told, late] = [now, 0];
  }
  due = performance.now() + EVERY_MS;
  setTimeout(turn, EVERY_MS);
}
