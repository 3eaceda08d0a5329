import { randomUUID } from 'node:crypto';
import { createMetrics } from '../../metrics/registry.ts';
import { HealthService } from '../../operations/health.ts';
import { SyntheticSubscriber } from '../../operations/synthetic/subscriber.ts';
import { systemUsage } from '../../operations/system-usage.ts';
import { wallClock } from '../../platform/clock.ts';
import { listen, probePort } from '../../platform/http/listen.ts';
import { createInternalServer } from '../../platform/http/server.ts';
import { Lifecycle } from '../../platform/lifecycle.ts';
import { createLogger } from '../../platform/telemetry/logger.ts';
import { roles } from '../../roles.ts';
import { readSettings, settingsFingerprint } from '../../settings.ts';
import { VERSION } from '../version.ts';

const monotonic = (): number => performance.now();

/**
 * Runs the synthetic subscriber until it is told to stop. It has no database and is ready whenever it runs: that the service is not as promised
 * is what it is there to tell, and no reason to take it away.
 */
export async function runSynthetic({ stopRequested }: { readonly stopRequested: AbortSignal }): Promise<void> {
  const settings = readSettings('synthetic');
  const address = { host: settings.INTERNAL_HOST, port: settings.INTERNAL_PORT };
  await probePort('internal', address);
  const log = createLogger({ level: settings.LOG_LEVEL, clock: wallClock, destination: 'stdout' });
  const lifecycle = new Lifecycle(log, (settings.DRAIN_SECONDS ?? roles.synthetic.drainSeconds) * 1_000);
  const metrics = createMetrics({ withProcess: true });
  metrics.buildInfo.set({ version: VERSION, commit: settings.BUILD_COMMIT ?? 'unknown' }, 1);
  metrics.configInfo.set({ hash: settingsFingerprint(settings) }, 1);
  const subscriber = new SyntheticSubscriber({
    ...{ url: settings.SYNTHETIC_URL, key: settings.SYNTHETIC_API_KEY },
    ...{ metrics, log, clock: wallClock, monotonic, random: Math.random },
  });
  const health = healthOf(subscriber);
  try {
    const server = createInternalServer({ log, metrics, health, newId: randomUUID, monotonic });
    await listen(server, 'internal', address);
    lifecycle.onStop('internal listener', () => server.close());
    subscriber.start();
    lifecycle.onStop('synthetic subscriber', () => subscriber.stop());
    lifecycle.onStop('readiness', () => health.markDraining());
    health.markStarted();
    await aborted(stopRequested);
  } finally {
    await lifecycle.stop();
  }
}

function healthOf(subscriber: SyntheticSubscriber): HealthService {
  const unused = async () => ({ status: 'healthy', details: { state: 'this role has none' } }) as const;
  return new HealthService({
    ...{ service: 'heliograph', version: VERSION, clock: wallClock, monotonic },
    checks: {
      ...{ database: unused, cache: unused },
      external_api: async () => {
        const good = subscriber.isGood();
        return { status: good.websocket && good.sse ? 'healthy' : 'degraded', details: good };
      },
    },
    system: systemUsage('/', monotonic),
  });
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
