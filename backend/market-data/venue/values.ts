/** A number as it was written: 167.65 never becomes a float on its way to a decimal. */
export class Numeral {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An instant of a binary frame: extension type -1. https://github.com/msgpack/msgpack/blob/master/spec.md#timestamp-extension-type */
export class Timestamp {
  readonly seconds: number;
  readonly nanoseconds: number;

  constructor(seconds: number, nanoseconds: number) {
    this.seconds = seconds;
    this.nanoseconds = nanoseconds;
  }
}

/** JSON whose numbers come as `Numeral`. Throws a SyntaxError. */
export function decodeJson(text: string): unknown {
  return JSON.parse(text, asWritten);
}

/** The beginning of a decoded value, for a person. */
export function excerpt(value: unknown, length: number): string {
  const text = JSON.stringify(value, (_key, part: unknown) => plain(part)) ?? String(value);
  return text.slice(0, length).toWellFormed();
}

/** A decoded value as JSON may hold it; what has no such form (a hostile frame may hold anything) becomes text. */
function plain(value: unknown): unknown {
  if (value instanceof Numeral) return Number(value.text);
  if (typeof value === 'bigint') return value.toString();
  if (!(value instanceof Timestamp)) return value;
  return `${value.seconds}.${String(value.nanoseconds).padStart(9, '0')}`;
}

// ES2026 hands the source text of a number to the reviver; the compiler does not know of it yet.
function asWritten(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  return typeof value === 'number' ? new Numeral(context?.source ?? String(value)) : value;
}
