const FINAL_TEXT = 0x81;
const LONGEST_SHORT = 125;
const LONGEST_MIDDLE = 65_535;
const TWO_BYTES = 126;
const EIGHT_BYTES = 127;
const CLOSING_BRACE = 0x7d;

/** A message as one frame of a server (RFC 6455, section 5.2): whole and not masked. */
export function frameOf(message: object): Buffer {
  const text = Buffer.from(JSON.stringify(message));
  const frame = Buffer.allocUnsafe(headerOf(text.length) + text.length);
  frame.set(text, begin(frame, text.length));
  return frame;
}

/** The same of a message of which only the beginning differs: the text `before`, which is ASCII, then `payload`, then a closing brace. */
export function frameAround(before: string, payload: Buffer): Buffer {
  const length = before.length + payload.length + 1;
  const frame = Buffer.allocUnsafe(headerOf(length) + length);
  const at = begin(frame, length);
  frame.write(before, at, 'latin1');
  frame.set(payload, at + before.length);
  frame[frame.length - 1] = CLOSING_BRACE;
  return frame;
}

function headerOf(length: number): number {
  return length <= LONGEST_SHORT ? 2 : length <= LONGEST_MIDDLE ? 4 : 10;
}

/** Writes the header; answers where the message begins. */
function begin(frame: Buffer, length: number): number {
  frame[0] = FINAL_TEXT;
  if (length <= LONGEST_SHORT) frame[1] = length;
  else if (length <= LONGEST_MIDDLE) {
    frame[1] = TWO_BYTES;
    frame[2] = length >> 8;
    frame[3] = length & 255;
  } else {
    frame[1] = EIGHT_BYTES;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  return headerOf(length);
}
