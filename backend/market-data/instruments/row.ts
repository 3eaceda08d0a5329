import { z } from 'zod';
import { CALENDAR_IDS } from '../../calendar/index.ts';
import { canonicalDecimal } from '../decimal.ts';
import { ASSET_CLASSES, SYMBOL } from '../instrument.ts';

const currencies = new Set(Intl.supportedValuesOf('currency'));

/** A line of an instruments file: its columns in order; the message of each is what the column expects. */
export const instrumentRow = z.object({
  id: z
    .string()
    .regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/,
      'our own name for it: at most 64 of a-z, 0-9, ".", "_", "-", beginning with a letter or digit',
    ),
  symbol: z
    .string()
    .regex(SYMBOL, 'a ticker: at most 32 letters, digits and "./:_-", beginning with a letter or digit'),
  mic: z
    .string()
    .regex(/^[A-Z0-9]{4}$/, 'an ISO 10383 market identifier of four capital letters or digits (XXXX: no market)'),
  calendar: z.string().refine((text) => CALENDAR_IDS.includes(text), `one of ${CALENDAR_IDS.join(', ')}`),
  tick: z
    .string()
    .transform(canonicalDecimal)
    .refine((tick) => tick !== null && tick !== '0', 'the smallest price step, a positive decimal number such as 0.01')
    .transform(String),
  currency: z.string().refine((text) => currencies.has(text), 'an ISO 4217 code such as USD'),
  figi: z
    .string()
    .refine(
      (text) => text === '' || isFigi(text),
      'nothing, or an OpenFIGI identifier of 12 characters whose check digit is right',
    )
    .transform((text) => (text === '' ? null : text)),
  asset_class: z.enum(ASSET_CLASSES, `one of ${ASSET_CLASSES.join(', ')}`),
});

/**
 * Structure and check digit of a FIGI (OMG "Financial Instrument Global Identifier", chapter 6): two consonants that are no prefix of an
 * ISIN in use, G, eight consonants or digits, and a modulus 10 double-add-double digit in which letters count A = 10 to Z = 35.
 */
function isFigi(text: string): boolean {
  if (!/^(?!BS|BM|GG|GB|GH|KY|VG)[B-DF-HJ-NP-TV-Z]{2}G[0-9B-DF-HJ-NP-TV-Z]{8}\d$/.test(text)) return false;

  const sum = [...text.slice(0, 11)].reduce((total, character, place) => {
    const value = Number.parseInt(character, 36) * (place % 2 === 1 ? 2 : 1);
    return total + Math.floor(value / 10) + (value % 10);
  }, 0);
  return (10 - (sum % 10)) % 10 === Number(text[11]);
}
