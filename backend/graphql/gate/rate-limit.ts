/** Whoever asks, as far as limits know them: today by the address that the request came from. */
export type Principal = {
  readonly key: string;
};

export type RateOptions = {
  /** What a principal may use at once after a rest. */
  readonly burst: number;
  readonly perSecond: number;
  /** Principals that are remembered. The one that asked longest ago is forgotten first, and it has rested longest. */
  readonly remembered: number;
};

type Bucket = { left: number; at: number };

/** A bucket of cost for each principal, filled at a steady rate. */
export class RateLimit {
  readonly #options: RateOptions;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: RateOptions) {
    this.#options = options;
  }

  /** Takes the cost, and answers 0; or takes nothing, and answers in how many ms there will be enough. `now` in ms of a clock that never goes back. */
  take({ key }: Principal, cost: number, now: number): number {
    const { burst, perSecond } = this.#options;
    const before = this.#buckets.get(key) ?? { left: burst, at: now };
    const left = Math.min(burst, before.left + ((now - before.at) / 1_000) * perSecond);
    const wanted = Math.min(cost, burst);
    const isEnough = left >= wanted;
    this.#keep(key, { left: isEnough ? left - wanted : left, at: now });
    return isEnough ? 0 : Math.max(1, Math.ceil(((wanted - left) / perSecond) * 1_000));
  }

  get size(): number {
    return this.#buckets.size;
  }

  #keep(key: string, bucket: Bucket): void {
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size <= this.#options.remembered) return;
    const [oldest] = this.#buckets.keys();
    if (oldest !== undefined) this.#buckets.delete(oldest);
  }
}

/** One household of IPv6 has a whole /64 of addresses, and counts as one. */
export function principalOfAddress(address: string | undefined): Principal {
  const plain = address?.replace(/^::ffff:(?=\d+\.)/, '') ?? 'unknown';
  return { key: plain.includes(':') ? networkOf(plain) : plain };
}

function networkOf(address: string): string {
  const [head = '', tail] = address.split('%')[0]?.split('::') ?? [];
  const first = head === '' ? [] : head.split(':');
  const last = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? [] : Array<string>(Math.max(0, 8 - first.length - last.length)).fill('0');
  return `${[...first, ...zeros, ...last].slice(0, 4).join(':')}::/64`;
}
