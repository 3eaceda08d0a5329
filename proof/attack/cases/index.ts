import type { Attack } from '../attack.ts';
import { authorisation } from './authorisation.ts';
import { bodies } from './bodies.ts';
import { browsers } from './browsers.ts';
import { disclosure } from './disclosure.ts';
import { graphqlCop } from './graphql-cop.ts';
import { injection } from './injection.ts';
import { keys } from './keys.ts';
import { lists } from './lists.ts';
import { load } from './load.ts';
import { noSurface } from './no-surface.ts';
import { shape } from './shape.ts';
import { sockets } from './sockets.ts';
import { tokens } from './tokens.ts';

/** All cases in the order of their numbers; those with a letter before it are last. */
export const ATTACKS: readonly Attack[] = [
  ...disclosure,
  ...shape,
  ...lists,
  ...bodies,
  ...browsers,
  ...load,
  ...tokens,
  ...keys,
  ...authorisation,
  ...injection,
  ...sockets,
  ...noSurface,
  ...graphqlCop,
].sort((a, b) => placeOf(a.number) - placeOf(b.number));

function placeOf(number: string): number {
  const [, letter = '', digits = '0', more = '', rest = ''] = /^([A-Z]?)(\d+)(?:\.(\d+))?([a-z]?)$/.exec(number) ?? [];
  return (letter === '' ? 0 : 10_000) + Number(digits) * 10 + Number(more || 0) / 100 + (rest === '' ? 0 : 1);
}
