/**
 * Errors that a person can act on. Services throw them; the one formatter at each edge (command line, GraphQL) maps them.
 * Everything else that is thrown is a bug and is logged with an id.
 */
export class UserError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UserError';
    this.code = code;
  }
}

/** A value that came from outside and is not what was asked for. Message form: `NAME is "VALUE", expected RULE`. */
export class InvalidInput extends UserError {
  constructor(name: string, value: unknown, expected: string) {
    super('INVALID_INPUT', `${name} is ${quote(value)}, expected ${expected}`);
    this.name = 'InvalidInput';
  }
}

/** The value as it may be shown to a person or written to a log: escaped, and cut at 64 characters. */
export function quote(value: unknown): string {
  if (value === undefined) return 'missing';
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value));
  const cut = text.length > 64 ? `${text.slice(0, 63)}…` : text;
  return JSON.stringify(cut);
}
