import { appendFileSync } from 'node:fs';
import { takeTurns } from './turns.ts';

// A process that nobody asks for anything: what it is late by is the machine's, and nobody else's.
const [path = '', workMs = '0'] = process.argv.slice(2);

const turns = takeTurns((late) => appendFileSync(path, `${JSON.stringify(late)}\n`), Number(workMs));
process.on('message', () => process.send?.(turns.taken()));
// Whoever asked for it has gone without a word.
process.on('disconnect', () => process.exit());
