import { InvalidInput } from '../../backend/platform/errors.ts';

type Range = { readonly from: number; readonly to: number; readonly otherwise: number };

/** A whole number that was typed. Throws an InvalidInput that names the option. */
export function whole(name: string, text: string | undefined, { from, to, otherwise }: Range): number {
  if (text === undefined) return otherwise;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= from && value <= to) return value;
  throw new InvalidInput(name, text, `a whole number from ${from} to ${to}`);
}
