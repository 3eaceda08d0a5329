import { quote, UserError } from '../../platform/errors.ts';

type Refusal = {
  /** The settings that a person would change; none when the request itself was wrong. */
  readonly variables: readonly string[];
  /** A code of the stream, or a status of HTTP; null when it was no error that told us. */
  readonly code: number | null;
  readonly said: string;
  /** What was asked. */
  readonly where: string;
  readonly advice: string;
};

/** Alpaca answered, and the answer stays the same until a person changes a setting. */
export class AlpacaRefused extends UserError {
  readonly refusalCode: number | null;
  readonly variables: readonly string[];

  constructor(refusal: Refusal) {
    super('ALPACA_REFUSED', refusalSentence(refusal));
    this.name = 'AlpacaRefused';
    this.refusalCode = refusal.code;
    this.variables = refusal.variables;
  }
}

/** No usable answer within the retries that were allowed: the network, their servers, a limit, or a circuit that is open. */
export class AlpacaUnavailable extends Error {
  readonly code = 'ALPACA_UNAVAILABLE';
  readonly endpoint: string;

  constructor(endpoint: string, reason: string, options?: ErrorOptions) {
    super(`Alpaca is not available: ${endpoint}: ${reason}`, options);
    this.name = 'AlpacaUnavailable';
    this.endpoint = endpoint;
  }
}

/** An answer that is not what the documentation says. */
export class AlpacaMalformed extends Error {
  readonly code = 'ALPACA_MALFORMED';
  readonly endpoint: string;
  /** Path of the field in the answer, such as bars.SPY.0.o. */
  readonly field: string;

  constructor(endpoint: string, field: string, mistake: string) {
    super(`Alpaca's answer to ${endpoint} cannot be used: ${mistake}`);
    this.name = 'AlpacaMalformed';
    this.endpoint = endpoint;
    this.field = field;
  }
}

/** For a person: `ALPACA_FEED is refused: Alpaca said 409 "insufficient subscription" to wss://…, expected …` */
export function refusalSentence({ variables, code, said, where, advice }: Refusal): string {
  const subject =
    variables.length === 0 ? '' : `${variables.join(' and ')} ${variables.length > 1 ? 'are' : 'is'} refused: `;
  const numbered = code === null ? '' : `${code} `;
  return `${subject}Alpaca said ${numbered}${quote(said)} to ${where}, ${advice}`;
}
