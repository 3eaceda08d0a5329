import { RedisWakeUp } from '../../../backend/delivery/wake-up-redis.ts';
import { PUBLIC_STREAM } from '../../../backend/log/event.ts';
import { createMetrics } from '../../../backend/metrics/registry.ts';
import { RedisServer } from '../../../backend/platform/cache/redis.ts';
import type { Logger } from '../../../backend/platform/telemetry/logger.ts';
import { FaultProxy } from '../../common/proxy.ts';

const silent: Logger = { debug: ignore, info: ignore, warn: ignore, error: ignore };

/** Says over Redis what the pipeline says there: that the log has grown. It reaches Redis by a way of its own. */
export class Announcer implements AsyncDisposable {
  readonly redis: FaultProxy;
  readonly #server: RedisServer;
  readonly #wakeUp: RedisWakeUp;

  private constructor(redis: FaultProxy) {
    this.redis = redis;
    const metrics = createMetrics();
    const url = `redis://127.0.0.1:${redis.port}`;
    this.#server = new RedisServer({ url, prefix: PREFIX, log: silent, metrics, random: Math.random });
    this.#wakeUp = new RedisWakeUp({ server: this.#server, metrics, id: 'faults', listens: false });
    this.#server.open();
  }

  static async to(port: number): Promise<Announcer> {
    return new Announcer(await FaultProxy.to(port));
  }

  announce(seq: number): void {
    this.#wakeUp.notify(PUBLIC_STREAM, seq);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    await this.redis[Symbol.asyncDispose]();
  }
}

/** The default of the service. */
const PREFIX = 'heliograph:';

function ignore(): void {}
