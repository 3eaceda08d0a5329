import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadCursor, CursorCodec } from './cursor.ts';

const codec = new CursorCodec('a secret of at least 32 characters');
const content = {
  positions: { public: { epoch: '8b0fbc4e-8d59-4c8e-a3a1-2f3f2d1b7a55', seq: 1_234 } },
  filterHash: 'q0F2-3rTx_Zyabcd',
};
const cursor = codec.encode(content);

/** What may stand in a cursor, what base64 of another kind would use, and what nobody should. */
const CHARACTERS = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.+/= \n\0é'];

describe('CursorCodec', () => {
  it('gives back what was put in, whatever the streams are called', () => {
    expect(codec.decode(cursor)).toEqual(content);
    const contents = fc.record({
      positions: fc.dictionary(
        fc.string({ maxLength: 20 }).filter((name) => name !== '__proto__'),
        fc.record({ epoch: fc.uuid(), seq: fc.maxSafeNat() }),
        { maxKeys: 3, noNullPrototype: true },
      ),
      filterHash: fc.string({ maxLength: 16 }),
    });
    fc.assert(
      fc.property(contents, (one) => {
        expect(codec.decode(codec.encode(one))).toEqual(one);
      }),
    );
  });

  it('says the same of a place wherever it is made', () => {
    expect(new CursorCodec('a secret of at least 32 characters').encode(content)).toBe(cursor);
    expect(cursor).toMatch(/^[A-Za-z0-9_.-]{1,300}$/);
  });

  it('refuses every change of a single character', () => {
    for (let at = 0; at < cursor.length; at += 1) {
      for (const character of CHARACTERS) {
        if (character === cursor[at]) continue;
        const changed = cursor.slice(0, at) + character + cursor.slice(at + 1);
        expect(() => codec.decode(changed), JSON.stringify(changed)).toThrow(BadCursor);
      }
    }
  });

  it('refuses a character too many or too few', () => {
    for (let at = 0; at <= cursor.length; at += 1) {
      if (at < cursor.length)
        expect(() => codec.decode(cursor.slice(0, at) + cursor.slice(at + 1)), `without ${at}`).toThrow(BadCursor);
      for (const character of CHARACTERS)
        expect(() => codec.decode(cursor.slice(0, at) + character + cursor.slice(at)), `with ${at}`).toThrow(BadCursor);
    }
  });

  it('refuses a cursor that was made with another secret', () => {
    const other = new CursorCodec('another secret of at least 32 characters');
    expect(() => other.decode(cursor)).toThrow(BadCursor);
    expect(() => codec.decode(other.encode(content))).toThrow(BadCursor);
  });

  it('refuses what was never a cursor, without a trace of how it looked inside', () => {
    for (const text of [
      '',
      '.',
      '..',
      'a.b',
      cursor.replace('.', ''),
      `${cursor}.${cursor}`,
      'null',
      '[1,"1",[],""]',
    ]) {
      expect(() => codec.decode(text), text).toThrow(BadCursor);
    }
    fc.assert(
      fc.property(fc.string({ maxLength: 200 }), (text) => {
        expect(() => codec.decode(text)).toThrow(BadCursor);
      }),
    );
    expect(() => codec.decode('x')).toThrow(
      'after is "x", expected a cursor of this service exactly as it was received',
    );
    expect(() => codec.decode('x', 'before')).toThrow('before is "x"');
  });

  it('does not look at what is longer than a cursor can be', () => {
    const long = codec.encode({ ...content, filterHash: 'x'.repeat(1_000) });
    expect(long.length).toBeGreaterThan(1_024);
    expect(() => codec.decode(long)).toThrow(BadCursor);
  });

  it('changes with the place, the epoch and the filter', () => {
    const at = (seq: number, epoch: string, filterHash: string) =>
      codec.encode({ positions: { public: { epoch, seq } }, filterHash });
    expect(new Set([at(1, 'e', 'f'), at(2, 'e', 'f'), at(1, 'E', 'f'), at(1, 'e', 'F')]).size).toBe(4);
  });
});
