import { decode, decodeTimestampToTimeSpec, EXT_TIMESTAMP, ExtensionCodec, encode } from '@msgpack/msgpack';
import { Timestamp } from '../../venue/values.ts';

/** How frames are written; the client chooses by the Content-Type of its handshake. https://docs.alpaca.markets/docs/streaming-market-data#content-type */
export type Encoding = 'json' | 'msgpack';

const extensionCodec = new ExtensionCodec();
extensionCodec.register({
  type: EXT_TIMESTAMP,
  encode: () => null,
  decode: (data) => {
    const { sec, nsec } = decodeTimestampToTimeSpec(data);
    return new Timestamp(sec, nsec);
  },
});

/** Far beyond any documented message, far below what could hurt. An extension is limited as binary data, too. */
const LIMITS = { maxStrLength: 4_096, maxBinLength: 12, maxArrayLength: 50_000, maxMapLength: 256, maxExtLength: 12 };

/** Throws a RangeError or DecodeError. Whole numbers of 64 bits come as bigint, instants as `Timestamp`. */
export function decodeMsgpack(bytes: Uint8Array): unknown {
  return decode(bytes, { extensionCodec, useBigInt64: true, ...LIMITS });
}

export function encodeFrame(message: object, encoding: Encoding): string | Uint8Array {
  return encoding === 'json' ? JSON.stringify(message) : encode(message);
}
