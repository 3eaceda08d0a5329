import type { Attack, Row, Verdict } from './attack.ts';
import { TRANSPORTS } from './wire/answer.ts';

const VERDICTS: readonly Verdict[] = ['SAFE', 'UNSAFE', 'NO SURFACE'];

/** A line for a case: its verdict on each transport, and what was wrong. */
export function line({ number, title }: Attack, rows: readonly Row[]): string {
  const verdicts = TRANSPORTS.map((transport) => rows.find((row) => row.transport === transport)?.verdict ?? '-');
  const faults = rows.flatMap((row) =>
    [...row.faults, ...row.figures].map((text) => `\n       ${row.transport}: ${text}`),
  );
  return `${number.padEnd(6)} ${verdicts.map((verdict) => verdict.padEnd(10)).join(' ')} ${title}${faults.join('')}`;
}

export const header = `${'case'.padEnd(6)} ${TRANSPORTS.map((transport) => transport.padEnd(10)).join(' ')} what`;

/** Nothing is safe by not having been looked at. */
export function passed(rows: readonly Row[]): boolean {
  return rows.length > 0 && rows.every(({ verdict }) => verdict !== 'UNSAFE');
}

export function counts(rows: readonly Row[]): string {
  return VERDICTS.map((verdict) => `${rows.filter((row) => row.verdict === verdict).length} ${verdict}`).join(', ');
}

/** Cases of the list that have a row, of all that it has. */
export function covered(rows: readonly Row[]): string {
  const numbers = new Set(rows.map(({ number }) => /^\d+/.exec(number)?.[0]).filter((number) => number !== undefined));
  return `${numbers.size} of 132 cases`;
}

export type Variants = { readonly safe: number; readonly all: number; readonly seed: number };

export function variantsLine({ safe, all, seed }: Variants): string {
  const percent = all === 0 ? 100 : (safe / all) * 100;
  return `${safe} of ${all} variants safe (${percent.toFixed(1)} %), seed ${seed}`;
}

/** The page of results. */
export function resultsPage(
  facts: Readonly<Record<string, string>>,
  attacks: readonly Attack[],
  rows: readonly Row[],
): string {
  const table = attacks.map((attack) => {
    const own = rows.filter(({ number }) => number === attack.number);
    const verdicts = TRANSPORTS.map((transport) => own.find((row) => row.transport === transport)?.verdict ?? '');
    const faults = own.flatMap((row) => row.faults.map((fault) => `${row.transport}: ${fault}`));
    const figures = own.flatMap((row) => row.figures.map((figure) => `${row.transport}: ${figure}`));
    return [attack.number, attack.title, attack.sent, ...verdicts, ...[faults, figures].map(listed)]
      .map(cell)
      .join('|');
  });
  return `# Attacks

What was sent to the real service, and whether it was safe by the rule of its case. \`npm run attack -- --only N\` repeats one.

${Object.entries(facts)
  .map(([name, value]) => `- ${name}: ${value}`)
  .join('\n')}
- Delays and growth: the first time stands beside the median of five times at which the machine was quiet. Whether it was is what a process
  says that nobody attacks, and not what was found; where it hardly ever was, the median is of all times, and it says so. The median decides the verdict.
- Verdicts, one for each transport on which a case can be tried: ${counts(rows)}; ${covered(rows)}

|case|what|sent|HTTP|WebSocket|SSE|what was wrong|measured|
|---|---|---|---|---|---|---|---|
${table.map((row) => `|${row}|`).join('\n')}
`;
}

const listed = (texts: readonly string[]): string => [...new Set(texts)].join('; ');
const cell = (text: string): string => text.replace(/\s+/g, ' ').replaceAll('|', '\\|').slice(0, 600);
