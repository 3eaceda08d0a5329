import { quote, UserError } from '../../platform/errors.ts';

export type Refusal = {
  /** For a person: Alpaca, Coinbase. */
  readonly venue: string;
  /** The settings that a person would change; none when the request itself was wrong. */
  readonly variables: readonly string[];
  /** A code of the stream, or a status of HTTP; null when it was no error that told us. */
  readonly code: number | null;
  readonly said: string;
  /** What was asked. */
  readonly where: string;
  readonly advice: string;
};

/** The venue answered, and the answer stays the same until a person changes a setting. */
export class VenueRefused extends UserError {
  readonly refusalCode: number | null;
  readonly variables: readonly string[];

  constructor(refusal: Refusal) {
    super('VENUE_REFUSED', refusalSentence(refusal));
    this.name = 'VenueRefused';
    this.refusalCode = refusal.code;
    this.variables = refusal.variables;
  }
}

/** No usable answer within the retries that were allowed: the network, their servers, a limit, or a circuit that is open. */
export class VenueUnavailable extends Error {
  readonly code = 'VENUE_UNAVAILABLE';
  readonly endpoint: string;

  constructor(venue: string, endpoint: string, reason: string, options?: ErrorOptions) {
    super(`${venue} is not available: ${endpoint}: ${reason}`, options);
    this.name = 'VenueUnavailable';
    this.endpoint = endpoint;
  }
}

/** An answer that is not what the documentation says. */
export class VenueMalformed extends Error {
  readonly code = 'VENUE_MALFORMED';
  readonly endpoint: string;
  /** Path of the field in the answer, such as bars.SPY.0.o. */
  readonly field: string;

  constructor(
    venue: string,
    endpoint: string,
    { field, mistake }: { readonly field: string; readonly mistake: string },
  ) {
    super(`${venue}'s answer to ${endpoint} cannot be used: ${mistake}`);
    this.name = 'VenueMalformed';
    this.endpoint = endpoint;
    this.field = field;
  }
}

/** Whether asking again may help: a venue that is away comes back, and a garbled answer may come whole. */
export function isPassing(error: unknown): boolean {
  return error instanceof VenueUnavailable || error instanceof VenueMalformed;
}

/** For a person: `ALPACA_FEED is refused: Alpaca said 409 "insufficient subscription" to wss://…, expected …` */
export function refusalSentence({ venue, variables, code, said, where, advice }: Refusal): string {
  const subject =
    variables.length === 0 ? '' : `${variables.join(' and ')} ${variables.length > 1 ? 'are' : 'is'} refused: `;
  const numbered = code === null ? '' : `${code} `;
  return `${subject}${venue} said ${numbered}${quote(said)} to ${where}, ${advice}`;
}
