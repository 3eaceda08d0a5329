type Path = (string | number)[];

/** Deeper than any document of ours: what goes beyond it contains itself. */
const MAX_DEPTH = 200;

/**
 * The one text of a JSON value: keys sorted by UTF-16 code unit, no whitespace, numbers in their shortest form that reads back
 * to the same double (RFC 8785). Equal values give equal bytes, so the text can be hashed.
 *
 * @throws TypeError that names the place of a value which JSON cannot hold without loss: NaN, an infinity, undefined, a bigint,
 * a function, a lone surrogate, anything but plain objects and arrays (typed arrays and dates are the caller's to convert).
 */
export function canonicalJson(value: unknown): string {
  return write(value, []);
}

function write(value: unknown, path: Path): string {
  if (value === null || value === true || value === false) return String(value);
  if (typeof value === 'string') return writeString(value, path);
  if (typeof value === 'number') return writeNumber(value, path);
  if (typeof value !== 'object') throw refusal(typeof value, path);
  if (path.length >= MAX_DEPTH) throw refusal(`nested deeper than ${MAX_DEPTH} levels`, path.slice(0, 8));
  if (Array.isArray(value)) return writeArray(value, path);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) throw refusal(value.constructor?.name ?? 'an object', path);
  return writeObject(value as Readonly<Record<string, unknown>>, path);
}

function writeString(text: string, path: Path): string {
  if (!text.isWellFormed()) throw refusal('a string with a lone surrogate', path);
  return JSON.stringify(text);
}

function writeNumber(value: number, path: Path): string {
  if (!Number.isFinite(value)) throw refusal(String(value), path);
  // ECMAScript's number text is what RFC 8785 section 3.2.2.3 prescribes; it writes -0 as "0".
  return String(value);
}

function writeArray(items: readonly unknown[], path: Path): string {
  const parts: string[] = [];
  for (let index = 0; index < items.length; index++) {
    path.push(index);
    parts.push(write(items[index], path));
    path.pop();
  }
  return `[${parts.join(',')}]`;
}

function writeObject(object: Readonly<Record<string, unknown>>, path: Path): string {
  const parts: string[] = [];
  // Without a comparator, sort() orders by UTF-16 code unit, which is what RFC 8785 asks for.
  for (const key of Object.keys(object).sort()) {
    path.push(key);
    parts.push(`${writeString(key, path)}:${write(object[key], path)}`);
    path.pop();
  }
  return `{${parts.join(',')}}`;
}

function refusal(what: string, path: Path): TypeError {
  const place = path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${part}`)).join('');
  return new TypeError(`Canonical JSON cannot hold the value at $${place}: it is ${what}, expected a plain JSON value`);
}
