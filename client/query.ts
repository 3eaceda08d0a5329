import { FollowError, isLasting, RefusedError, type ServerError, summary } from './errors.ts';

/** The server did not answer, or said that it cannot now. Asking again later may help. */
export class AwayError extends FollowError {
  constructor(reason: string, options?: ErrorOptions) {
    super('AWAY', reason, options);
  }
}

const TIMEOUT_MS = 10_000;
const PASSING_STATUS: ReadonlySet<number> = new Set([408, 429, 500, 502, 503, 504]);

/** One query over HTTP at the address of the subscription. Throws AwayError when it may be tried again, RefusedError when not. */
export async function query<Data>(
  url: string,
  document: string,
  variables: Record<string, unknown>,
  signal: AbortSignal,
): Promise<Data> {
  const address = httpAddress(url);
  const response = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json, application/json' },
    body: JSON.stringify({ query: document, variables }),
    signal: AbortSignal.any([signal, AbortSignal.timeout(TIMEOUT_MS)]),
  }).catch((error: unknown) => {
    throw new AwayError('the server is away', { cause: error });
  });
  if (PASSING_STATUS.has(response.status)) throw new AwayError(`the server answered with status ${response.status}`);

  const answer = (await response.json().catch(() => null)) as { data?: Data; errors?: readonly ServerError[] } | null;
  if (answer?.errors !== undefined) {
    if (isLasting(answer.errors))
      throw new RefusedError(`The server refused the query: ${summary(answer.errors)}`, answer.errors);
    throw new AwayError(`the server failed: ${summary(answer.errors)}`);
  }
  if (answer?.data === undefined) {
    throw new RefusedError(
      `${address} answered with status ${response.status} and no GraphQL, expected the address of the service`,
    );
  }
  return answer.data;
}

function httpAddress(url: string): string {
  return url.replace(/^ws/, 'http');
}
