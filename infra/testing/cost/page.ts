import type { Line } from './estimate.ts';
import { leftOut, MADE_ON, prices, REGION_FACTOR } from './prices.ts';

/** What a stack costs a month, by component, with where each price comes from and what is not counted. */
export function page(stack: string, lines: readonly Line[]): string {
  const components = [...new Set(lines.map(({ component }) => component))];
  const counted = lines.filter(({ dollars }) => dollars > 0);
  const used = Object.entries(prices).filter(([name]) => counted.some(({ price }) => price === name));
  return [
    `${stack}, a month, in US dollars; prices of ${MADE_ON} for us-central1, times ${REGION_FACTOR.value} for the region (${REGION_FACTOR.basis})`,
    '',
    ...components.flatMap((component) => {
      const parts = counted.filter((line) => line.component === component);
      return [
        row(component, sum(parts)),
        ...parts.map(({ what, dollars, price }) => `${row(`  ${what}`, dollars)}  ${prices[price].basis}`),
      ];
    }),
    row('all', sum(counted)),
    '',
    'Not counted:',
    ...leftOut.map((one) => `  ${one}`),
    '',
    'Prices:',
    ...used.map(
      ([name, { dollars, per, basis, source }]) =>
        `  ${name}: ${dollars} ${/^[aeiou]|^hour/.test(per) ? 'an' : 'a'} ${per} (${basis}: ${source})`,
    ),
  ].join('\n');
}

const sum = (lines: readonly Line[]) => lines.reduce((all, { dollars }) => all + dollars, 0);
const row = (what: string, dollars: number) => `${what.padEnd(40)}${dollars.toFixed(0).padStart(8)}`;
