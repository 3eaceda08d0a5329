/** What a stream error means for the connection. */
export type StreamError = {
  readonly says: string;
  /** FATAL: trying again changes nothing, a person must. RETRY: a new connection may help. IGNORE: nothing is wrong. */
  readonly verdict: 'FATAL' | 'RETRY' | 'IGNORE';
  /** The settings that a person would change, where there are such. */
  readonly variables: readonly string[];
  readonly advice: string;
};

const KEYS = ['ALPACA_API_KEY', 'ALPACA_SECRET_KEY'];
const FEED = ['ALPACA_FEED'];
const SYMBOLS = ['ALPACA_SYMBOLS'];

/** https://docs.alpaca.markets/docs/streaming-market-data#errors, except where another page is named. */
export const STREAM_ERRORS: Readonly<Record<number, StreamError>> = {
  // Also the answer to a symbol that is written wrongly: the same request would fail again.
  400: fatal('invalid syntax', SYMBOLS, 'expected symbols that Alpaca knows how to read'),
  // We subscribe only after we were let in, so this is about the session, not about the keys.
  401: retry('not authenticated', [], 'the session is not authenticated any more'),
  402: fatal('auth failed', KEYS, 'expected the key and secret of one account, live or paper'),
  403: { says: 'already authenticated', verdict: 'IGNORE', variables: [], advice: 'the session goes on' },
  404: retry('auth timeout', [], 'the authentication came too late'),
  405: fatal('symbol limit exceeded', SYMBOLS, "expected no more symbols than the account's plan allows"),
  406: retry(
    'connection limit exceeded',
    KEYS,
    'another connection uses their account, and most plans allow one: end it, or give keys of another account',
  ),
  407: retry('slow client', [], 'messages were read too slowly'),
  // https://alpaca.markets/docs/api-references/market-data-api/stock-pricing-data/realtime/#errors
  408: fatal('v2 not enabled', KEYS, 'expected an account with access to Data v2'),
  409: fatal('insufficient subscription', FEED, "expected a feed of the account's plan (iex is in every plan)"),
  410: fatal('invalid subscribe action for this feed', FEED, 'expected a feed that has the channels asked for'),
  // https://github.com/alpacahq/alpaca-trade-api-go, marketdata/stream: told to tokens of narrow scope.
  411: fatal('insufficient scope', KEYS, 'expected a key that may read market data'),
  // 412 and 413: https://docs.alpaca.markets/docs/real-time-option-data#errors
  412: fatal('option messages are only available in MsgPack format', FEED, 'expected a feed of stocks'),
  413: fatal('star subscription is not allowed for option quotes', FEED, 'expected a feed of stocks'),
  500: retry('internal error', [], 'the fault is on their side'),
};

/** An unknown code may be news that passes: the connection is made again. */
export function streamError(code: number): StreamError {
  return STREAM_ERRORS[code] ?? retry('', [], 'the code is not documented');
}

function fatal(says: string, variables: readonly string[], advice: string): StreamError {
  return { says, verdict: 'FATAL', variables, advice };
}

function retry(says: string, variables: readonly string[], advice: string): StreamError {
  return { says, verdict: 'RETRY', variables, advice };
}
