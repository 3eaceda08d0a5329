import { EXT_TIMESTAMP, ExtensionCodec, encode, encodeTimeSpecToTimestamp } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { documented, documentedErrors } from './documented.fixture.ts';
import { STREAM_ERRORS } from './errors.ts';
import type { Message } from './messages.ts';
import { parseFrame } from './parse.ts';

describe('a documented frame', () => {
  it.each(documented)('is read from text: $name', ({ frame, means }) => {
    expect(parseJson(frame)).toMatchObject(means);
  });

  it.each(documented)('means the same from msgpack: $name', ({ frame }) => {
    expect(parseFrame(msgpackOf(JSON.parse(frame)), true)).toEqual(parseJson(frame));
  });

  it.each(documentedErrors)('tells code and text: %s', (frame) => {
    const { code, msg } = JSON.parse(frame)[0];
    const means = [{ kind: 'ERROR', code, text: msg }];
    expect(parseJson(frame)).toEqual(means);
    expect(parseFrame(msgpackOf(JSON.parse(frame)), true)).toEqual(means);
    expect(STREAM_ERRORS[code]?.says).toBe(msg);
  });

  it('exists for each error of our table', () => {
    const codes = documentedErrors.map((frame) => JSON.parse(frame)[0].code);
    expect(Object.keys(STREAM_ERRORS).map(Number).sort()).toEqual(codes.sort());
  });
});

describe('a price', () => {
  const priced = (p: string) => parseJson(`[{"T":"i","S":"A","z":"C","t":"2024-12-13T19:58:09Z","p":${p}}]`)[0];

  it.each([
    ['167.65', '167.65'],
    ['167.650', '167.65'],
    ['1e2', '100'],
    ['0.1', '0.1'],
    ['123456789012.123456789', '123456789012.123456789'],
    ['9007199254740993', '9007199254740993'],
  ])('is told as it is written: %s', (written, price) => {
    expect(priced(written)).toMatchObject({ kind: 'IMBALANCE', price });
  });

  it.each(['-1', '0', '1e400', '"9.12"', 'null', 'true', '[9]'])('is refused when it is none: %s', (written) => {
    const shown = written.startsWith('"') ? written : JSON.stringify(written);
    expect(priced(written)).toMatchObject({
      kind: 'REFUSED',
      cause: 'MALFORMED',
      reason: `message of type i: p is ${shown}, expected a positive decimal number`,
    });
  });

  it('of a binary frame is the shortest that reads back as the same double', () => {
    const means = { T: 'i', S: 'A', z: 'C', t: new Time('2024-12-13T19:58:09Z'), p: 167.65 };
    expect(parseFrame(msgpackOf([means]), true)).toMatchObject([{ price: '167.65' }]);
  });
});

describe('an instant', () => {
  const told = (t: string) => parseJson(`[{"T":"i","S":"A","z":"C","p":1,"t":"${t}"}]`)[0];

  it('may have an offset and up to nine digits of a second', () => {
    const expected = { time: Date.parse('2025-06-24T18:15:22.123Z'), nanos: 456_700 };
    expect(told('2025-06-24T14:15:22.1234567-04:00')).toMatchObject(expected);
  });

  it.each(['2021-02-30T00:00:00Z', '2021-02-22', '2021-02-22 19:15:00Z', '2021-02-22T19:15:00', 'now', ''])(
    'is refused when it is none: %s',
    (t) => {
      expect(told(t)).toMatchObject({ kind: 'REFUSED', reason: expect.stringContaining('expected an instant') });
    },
  );

  it('of a bar has no part of a millisecond', () => {
    const [bar] = parseJson('[{"T":"b","S":"A","o":1,"h":1,"l":1,"c":1,"v":1,"t":"2021-02-22T19:15:00.0000001Z"}]');
    expect(bar).toMatchObject({ kind: 'REFUSED', reason: expect.stringContaining('whole milliseconds') });
  });
});

describe('a frame that cannot be read', () => {
  it.each([
    ['[{"T":"b"', 'frame of 9 bytes is no JSON'],
    ['', 'frame of 0 bytes is no JSON'],
    ['{"T":"b"}', 'frame is no list'],
    ['[1]', 'message has no type T'],
    ['[null]', 'message has no type T'],
    ['[{"T":5}]', 'message has no type T'],
    ['[{"T":"b","S":"A"}]', 'message of type b: t is missing, expected an instant'],
    ['[{"T":"s","S":"../etc","t":"2021-02-22T19:15:00Z"}]', 'message of type s: S is \\"../etc\\", expected a ticker'],
    ['[{"T":"error","code":"x","msg":"y"}]', 'message of type error: code is \\"x\\", expected a whole number'],
    ['[{"T":"subscription","bars":"*"}]', 'message of type subscription: bars is \\"*\\", expected a list of texts'],
  ])('is refused with the reason: %s', (frame, reason) => {
    const [message] = parseJson(frame);
    expect(message).toMatchObject({ kind: 'REFUSED', cause: 'MALFORMED' });
    expect(JSON.stringify(message)).toContain(reason);
  });

  it('does not take the others of its list with it', () => {
    const kinds = parseJson('[{"T":"b"},{"T":"success","msg":"connected"}]').map(({ kind }) => kind);
    expect(kinds).toEqual(['REFUSED', 'SUCCESS']);
  });

  it('of an unknown type is told apart from a malformed one', () => {
    const cause = 'UNKNOWN_TYPE';
    expect(parseJson('[{"T":"n","headline":"x"}]')).toMatchObject([{ kind: 'REFUSED', cause, reason: 'T is "n"' }]);
    expect(parseJson('[{"T":"__proto__"},{"T":"toString"}]')).toMatchObject([{ cause }, { cause }]);
  });

  it('is kept in part only', () => {
    const [message] = parseJson(`[{"T":"b","S":"${'A'.repeat(5_000)}"}]`);
    expect(message).toMatchObject({ raw: expect.stringMatching(/^.{200}$/) });
  });

  it('throws nothing, whatever its bytes are', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, isBinary) => {
        expect(parseFrame(bytes, isBinary).length).toBeGreaterThanOrEqual(0);
      }),
    );
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(Array.isArray(parseJson(json))).toBe(true);
      }),
    );
  });

  it('throws nothing when fields of a documented one are replaced by anything', () => {
    const frames = documented.map(({ frame }) => JSON.parse(frame)[0] as Record<string, unknown>);
    fc.assert(
      fc.property(fc.constantFrom(...frames), fc.nat(20), fc.jsonValue(), (message, place, value) => {
        const names = Object.keys(message).filter((name) => name !== 'T');
        const changed = { ...message, [names[place % names.length] ?? '']: value };
        expect(parseJson(JSON.stringify([changed]))).toHaveLength(1);
        expect(parseFrame(msgpackOf([changed]), true)).toHaveLength(1);
      }),
    );
  });
});

describe('a status', () => {
  const after = (sc: string) =>
    parseJson(`[{"T":"s","S":"A","sc":"${sc}","sm":"","rc":"","rm":"","t":"2021-02-22T19:15:00Z","z":"A"}]`)[0];

  it.each([
    ['2', 'HALTED'],
    ['H', 'HALTED'],
    ['P', 'HALTED'],
    ['3', 'TRADING'],
    ['T', 'TRADING'],
    ['Q', null],
    ['5', null],
    ['E', null],
    ['F', null],
  ])('%s means that trading is %s', (code, trading) => {
    expect(after(code)).toMatchObject({ trading });
  });
});

function parseJson(text: string): readonly Message[] {
  return parseFrame(new TextEncoder().encode(text), false);
}

/** An instant as a Go or Python program writes it into msgpack: extension type -1. */
class Time {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: EXT_TIMESTAMP,
  decode: () => null,
  encode: (value) => {
    if (!(value instanceof Time)) return null;
    const nsec = Number((/\.(\d+)/.exec(value.text)?.[1] ?? '').padEnd(9, '0'));
    return encodeTimeSpecToTimestamp({ sec: Math.floor(Date.parse(value.text) / 1000), nsec });
  },
});

function msgpackOf(messages: readonly Record<string, unknown>[]): Uint8Array {
  const timed = messages.map((message) =>
    typeof message['t'] === 'string' && /^2\d{3}-/.test(message['t'])
      ? { ...message, t: new Time(message['t']) }
      : message,
  );
  return encode(timed, { extensionCodec });
}
