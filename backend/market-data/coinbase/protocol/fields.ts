import { canonicalDecimal } from '../../decimal.ts';
import { id, type Reader } from '../../venue/fields.ts';

/** A product's name, such as BTC-USD. */
const PRODUCT = /^[A-Z0-9]{1,16}-[A-Z0-9]{1,16}$/;

export const product: Reader<string> = {
  expected: 'a product such as BTC-USD',
  read: (value) => (typeof value === 'string' && PRODUCT.test(value) ? value : undefined),
};

/** Prices and sizes of trades are decimal numbers in quotation marks, with zeros at their end. */
export const positive: Reader<string> = {
  expected: 'a positive decimal number in quotation marks',
  read: (value) => {
    const decimal = typeof value === 'string' ? canonicalDecimal(value) : null;
    return decimal === null || decimal === '0' ? undefined : decimal;
  },
};

/** Trades of a product are numbered one by one, so they are counted with. */
export const tradeId: Reader<number> = {
  expected: 'a whole number that is not negative',
  read: (value) => {
    const number = Number(id.read(value) ?? Number.NaN);
    return Number.isSafeInteger(number) ? number : undefined;
  },
};
