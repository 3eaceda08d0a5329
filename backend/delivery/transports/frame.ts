const FINAL_TEXT = 0x81;
const FINAL_CLOSE_SHORT = 125;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;

/** A message of text as one frame of a server (RFC 6455, section 5.2): whole and not masked. Its text is `before`, `payload`, `after`. */
export function textFrame(before: string, payload: Buffer, after: string): Buffer {
  const length = Buffer.byteLength(before) + payload.length + after.length;
  const header = length <= FINAL_CLOSE_SHORT ? 2 : length < 65_536 ? 4 : 10;
  const frame = Buffer.allocUnsafe(header + length);
  frame[0] = FINAL_TEXT;
  if (header === 2) frame[1] = length;
  else if (header === 4) {
    frame[1] = TWO_BYTES;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = EIGHT_BYTES;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  const at = header + frame.write(before, header);
  payload.copy(frame, at);
  frame.write(after, at + payload.length, 'latin1');
  return frame;
}
