import type { Cursor } from '../types.ts';
import { DEFAULT_URL, type FollowArguments } from './arguments.ts';

/** The last line: how much was printed, and the command that goes on from there. */
export function farewell(given: FollowArguments, printed: number, cursor: Cursor | undefined): string {
  const ended = `${printed} ${printed === 1 ? 'event' : 'events'}.`;
  if (cursor === undefined) return ended;

  const options = [
    ...(given.url === DEFAULT_URL ? [] : ['--url', given.url]),
    ...(given.symbols.length === 0 ? [] : ['--symbols', given.symbols.join(',')]),
    ...(given.json ? ['--json'] : []),
    ...(given.cursorFile === undefined ? ['--after', cursor] : ['--cursor-file', given.cursorFile]),
  ];
  return `${ended} To go on from here: npm run follow -- ${options.map(shellWord).join(' ')}`;
}

function shellWord(word: string): string {
  return /^[\w./:,@=+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
