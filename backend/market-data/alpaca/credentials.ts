import { UserError } from '../../platform/errors.ts';

/** Printable and without spaces: anything else could not stand in a header, and an error of the header would show it. */
const FORM = /^[\x21-\x7e]{1,256}$/;

/** Key and secret of an Alpaca account. Nothing shows them: no log line, no error, no JSON. */
export class Credentials {
  readonly #key: string;
  readonly #secret: string;

  /** Throws a UserError that names the variable, and does not show its value. */
  constructor({ key, secret }: { readonly key: string; readonly secret: string }) {
    mustHaveForm('ALPACA_API_KEY', key);
    mustHaveForm('ALPACA_SECRET_KEY', secret);
    this.#key = key;
    this.#secret = secret;
  }

  /** https://docs.alpaca.markets/docs/streaming-market-data#authenticate-via-message */
  authMessage(): object {
    return { action: 'auth', key: this.#key, secret: this.#secret };
  }

  /** https://docs.alpaca.markets/docs/market-data-faq, and every page of the reference */
  headers(): Readonly<Record<string, string>> {
    return { 'apca-api-key-id': this.#key, 'apca-api-secret-key': this.#secret };
  }

  /** What another party said, without our keys: an answer may repeat what it was asked. */
  hide(text: string): string {
    return text.replaceAll(this.#secret, '***').replaceAll(this.#key, '***');
  }
}

function mustHaveForm(variable: string, value: string): void {
  if (FORM.test(value)) return;
  throw new UserError('INVALID_INPUT', `${variable} is no key, expected 1 to 256 printable characters without spaces`);
}
