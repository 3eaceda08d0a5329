import { setTimeout as sleep } from 'node:timers/promises';
import { askNow } from '../../common/prometheus/ask.ts';
import { identityOf } from './identity.ts';

type Addresses = { readonly prometheus: string; readonly alertmanager: string };
type Wait = { readonly seconds: number; readonly limit: number };

/** From one look to the next, ms. */
const LOOK_MS = 200;
/** One look that fails says nothing: a busy machine refuses a connection. ms */
const BLIND_MS = 10_000;

/** Looks at what fires in a Prometheus all the while, and remembers what has fired. */
export class Watch implements AsyncDisposable {
  /** By what each is told apart by: when it was first seen, ms of `performance.now`. */
  readonly seen = new Map<string, number>();
  /** Of which Alertmanager said that nobody is told. */
  readonly silenced = new Set<string>();
  readonly #addresses: Addresses;
  readonly #lookMs: number;
  readonly #stop = new AbortController();
  readonly #looking: Promise<void>;
  #firing: ReadonlySet<string> = new Set();
  #failure: unknown = null;

  constructor(addresses: Addresses, lookMs = LOOK_MS) {
    this.#addresses = addresses;
    this.#lookMs = lookMs;
    this.#looking = this.#look().catch((error: unknown) => {
      this.#failure = error;
    });
  }

  /** From here on what has fired before counts no more. */
  forget(): void {
    this.seen.clear();
    this.silenced.clear();
  }

  /** Waits until what fires is as wanted for so long without a break; false when the limit comes first. Throws what stands in the way, and the reason of the signal. */
  async until(
    isSo: (firing: ReadonlySet<string>) => boolean,
    { seconds, limit }: Wait,
    signal: AbortSignal,
  ): Promise<boolean> {
    const end = performance.now() + limit * 1_000;
    let since = performance.now();
    while (performance.now() < end) {
      signal.throwIfAborted();
      if (this.#failure !== null) throw this.#failure;
      if (!isSo(this.#firing)) since = performance.now();
      else if (performance.now() - since >= seconds * 1_000) return true;
      await sleep(this.#lookMs);
    }
    return false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#looking;
  }

  async #look(): Promise<void> {
    let sawAt = performance.now();
    for (; !this.#stop.signal.aborted; await sleep(this.#lookMs))
      try {
        await this.#askFiring();
        await this.#askSilenced();
        sawAt = performance.now();
      } catch (error) {
        if (performance.now() - sawAt > BLIND_MS) throw error;
      }
  }

  async #askFiring(): Promise<void> {
    const series = await askNow(this.#addresses.prometheus, 'ALERTS{alertstate="firing"}');
    const names = series.map(({ labels }) => identityOf(labels));
    for (const name of names) if (!this.seen.has(name)) this.seen.set(name, performance.now());
    this.#firing = new Set(names);
  }

  async #askSilenced(): Promise<void> {
    const answer = await fetch(`http://${this.#addresses.alertmanager}/api/v2/alerts`);
    const all = (await answer.json()) as { labels: Record<string, string>; status: { inhibitedBy: string[] } }[];
    for (const { labels, status } of all) if (status.inhibitedBy.length > 0) this.silenced.add(identityOf(labels));
  }
}
