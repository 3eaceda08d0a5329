const HIDDEN = '***';
const MAX_DEPTH = 6;
const SECRET_NAME =
  /secret|password|passwd|passphrase|token|authorization|cookie|api[-_]?key|private[-_]?key|credential/i;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]{0,30}:\/\/[^\s:/?#@]{0,128}:)[^\s/?#]{0,512}@/gi;
const BEARER = /\b(Bearer|Basic)\s+[\w~+/.=-]{8,}/gi;
const INVISIBLE = /[\u007f-\u009f\u2028\u2029]/g;

/** A copy that may be written to a log: no secrets, no cycles, no control characters, at most six levels deep. */
export function redact(value: unknown): unknown {
  return copy(value, []);
}

/** The text without passwords in URLs and without bearer tokens; control characters that JSON leaves alone are escaped. */
export function redactText(text: string): string {
  return text
    .replace(URL_PASSWORD, `$1${HIDDEN}@`)
    .replace(BEARER, `$1 ${HIDDEN}`)
    .replace(INVISIBLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function copy(value: unknown, above: readonly object[]): unknown {
  if (typeof value === 'string') return redactText(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value !== 'object' || value === null) return value;
  if (above.includes(value)) return '[circular]';
  if (above.length >= MAX_DEPTH) return '[deep]';

  const path = [...above, value];
  if (value instanceof Error) return copyError(value, path);
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((item) => copy(item, path));
  // What an object of a class holds was not made to be read: a client of a driver has its password somewhere.
  const prototype: object | null = Object.getPrototypeOf(value);
  if (prototype !== null && prototype !== Object.prototype) return `[${prototype.constructor.name}]`;
  return copyEntries(Object.entries(value), path);
}

function copyEntries(
  entries: readonly (readonly [string, unknown])[],
  path: readonly object[],
): Record<string, unknown> {
  return Object.fromEntries(
    entries.map(([name, value]) => [name, SECRET_NAME.test(name) ? HIDDEN : copy(value, path)]),
  );
}

function copyError(error: Error, path: readonly object[]): Record<string, unknown> {
  const { name, message, stack, cause } = error;
  const more = Object.entries(error).filter(([key]) => !['name', 'message', 'stack', 'cause'].includes(key));
  return copyEntries(
    [
      ['type', name],
      ['message', message],
      ['stack', stack],
      ...(cause === undefined ? [] : [['cause', cause] as const]),
      ...more,
    ],
    path,
  );
}
