/** Who may use the server, and for what. */
export type Account = {
  readonly key: string;
  readonly secret: string;
  /** Feeds of the account's plan; the test stream is open to everybody. */
  readonly feeds: readonly ('iex' | 'sip')[];
  /** Symbols that one connection may subscribe to, in all channels together. */
  readonly symbolLimit: number;
  /** Requests a minute, for market data and for trading. */
  readonly requestsPerMinute: number;
};

/** The free plan. https://docs.alpaca.markets/docs/about-market-data-api, https://alpaca.markets/support/usage-limit-api-calls */
export const FREE_PLAN = { feeds: ['iex'], symbolLimit: 30, requestsPerMinute: 200 } as const;

export function accountOf(accounts: readonly Account[], key: unknown, secret: unknown): Account | undefined {
  return accounts.find((account) => account.key === key && account.secret === secret);
}
