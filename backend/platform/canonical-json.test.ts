import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from './canonical-json.ts';

describe('canonicalJson', () => {
  it('writes the example of RFC 8785 section 3.2.2 byte by byte', () => {
    const value = {
      numbers: [Number('333333333.33333329'), 1e30, 4.5, 2e-3, 0.000000000000000000000000001],
      string: '\u20ac$\u000F\u000aA\'\u0042\u0022\u005c\\"\u002f',
      literals: [null, true, false],
    };
    expect(canonicalJson(value)).toBe(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    );
  });

  it('orders keys by UTF-16 code unit, as the example of RFC 8785 section 3.2.3 does', () => {
    const value = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\u{1f600}': 5, '\u0080': 6, '\u00f6': 7 };
    expect(Object.values(JSON.parse(canonicalJson(value)) as object)).toHaveLength(7);
    expect(canonicalJson(value)).toBe('{"\\r":2,"1":4,"\u0080":6,"ö":7,"€":1,"😀":5,"\ufb33":3}');
  });

  it('reads back to the same value, whatever the order of the keys was', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        const text = canonicalJson(value);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(canonicalJson(reversed(JSON.parse(text)))).toBe(text);
      }),
    );
  });

  it.each([
    ['NaN', { a: [1, Number.NaN] }, '$.a[1]: it is NaN'],
    ['an infinity', { a: Number.NEGATIVE_INFINITY }, '$.a: it is -Infinity'],
    ['undefined', { a: { b: undefined } }, '$.a.b: it is undefined'],
    ['a hole in an array', Array(2), '$[0]: it is undefined'],
    ['a bigint', 1n, '$: it is bigint'],
    ['a function', { f: () => 1 }, '$.f: it is function'],
    ['a date', { at: new Date(0) }, '$.at: it is Date'],
    ['a typed array', { w: new Float64Array(2) }, '$.w: it is Float64Array'],
    ['a lone surrogate', ['\ud800'], '$[0]: it is a string with a lone surrogate'],
  ])('refuses %s and names its place', (_, value, message) => {
    expect(() => canonicalJson(value)).toThrow(message);
    expect(() => canonicalJson(value)).toThrow(TypeError);
  });

  it('refuses an object that contains itself', () => {
    const loop: Record<string, unknown> = {};
    loop['self'] = loop;
    expect(() => canonicalJson(loop)).toThrow('nested deeper than 200 levels');
  });

  it('writes negative zero as zero and accepts an object without a prototype', () => {
    expect(canonicalJson(Object.assign(Object.create(null), { b: -0, a: '' }))).toBe('{"a":"","b":0}');
  });
});

function reversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(reversed);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, inner]) => [key, reversed(inner)]),
  );
}
