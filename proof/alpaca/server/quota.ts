import type { Account } from './account.ts';

const MINUTE = 60_000;

/** Counts the requests of each account in each minute of the real time, for market data and for trading apart. */
export class Quota {
  readonly #counts = new Map<string, { readonly minute: number; readonly left: number }>();

  /** One more request; less than nothing is left when it is one too many. The headers: https://docs.alpaca.markets/reference/stockbars */
  take(part: 'trading' | 'data', account: Account | undefined) {
    const limit = account?.requestsPerMinute ?? 1_000;
    const name = `${part} ${account?.key ?? ''}`;
    const minute = Math.floor(Date.now() / MINUTE);
    const before = this.#counts.get(name);
    const left = (before?.minute === minute ? before.left : limit) - 1;
    this.#counts.set(name, { minute, left });
    const headers = {
      'x-ratelimit-limit': String(limit),
      'x-ratelimit-remaining': String(Math.max(0, left)),
      'x-ratelimit-reset': String((minute + 1) * 60),
    };
    return { left, headers };
  }
}
