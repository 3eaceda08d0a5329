import type { Comparison, SplitReport } from './compare.ts';

/** More than any share here has moved in a session without a split. */
const MOST_RETURN = 0.4;
const MOST_ATR = 1.5;

/** A sentence for each thing that is not as it must be. */
export function objections({ splits, rewritten }: Comparison): string[] {
  const bars = rewritten === 0 ? [] : [`${rewritten} raw bars were changed, expected none`];
  return [...bars, ...splits.flatMap(objectionsTo)];
}

function objectionsTo(split: SplitReport): string[] {
  const { instrumentId, exDate, ratio, rawReturn, adjustedReturn, atr, changed } = split;
  const name = `${instrumentId} ${ratio} on ${exDate}:`;
  const said: string[] = [];
  if (!(Math.abs(adjustedReturn) <= MOST_RETURN))
    said.push(`${name} return is ${adjustedReturn}, expected within ${MOST_RETURN}`);
  if (!(atr === null || Math.max(atr, 1 / atr) <= MOST_ATR))
    said.push(`${name} ATR is ${atr} times what it was, expected within ${MOST_ATR}`);
  if (changed > 0) said.push(`${name} ${changed} signals ended otherwise, expected none`);
  const [units = 1, old = 1] = ratio.split(':').map(Number);
  const jump = Math.abs(Math.log(units / old));
  // A small one is no jump to be seen.
  if (jump > MOST_RETURN && Math.abs(Math.log(1 + rawReturn)) < jump / 2)
    said.push(`${name} raw return is ${rawReturn}, expected the jump of the split: is this file adjusted already?`);
  return said;
}
