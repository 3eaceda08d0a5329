import { spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { SCRAPE_JOB } from '../../alerts/index.ts';
import { freePort } from '../../backend/testing/ports.ts';
import { ProgramMissing } from '../common/prometheus/missing.ts';
import { startPrometheus } from '../common/prometheus/prometheus.ts';
import { command, ended, freePorts, startService } from '../common/service.ts';
import { serveByHand } from './by-hand.ts';
import { startCoins } from './coins.ts';
import { load } from './load.ts';

/** Rules are evaluated, and targets scraped, more often than they would be, so that minutes show what takes hours. */
const SCRAPE = '2s';
const EVALUATE = '5s';

export type Stage = {
  /** Of the Prometheus. */
  readonly address: string;
  /** When it began to scrape, in unix seconds. */
  readonly since: number;
};

/**
 * Starts what the dashboards look at: a service that invents a market and one that follows a venue on this machine, a Redis, users, what a
 * cloud would tell made by hand, and a Prometheus that scrapes all of them with the generated rules. Ends all of it after the work.
 */
export async function onStage<Result>(
  folder: string,
  write: (line: string) => void,
  work: (stage: Stage) => Promise<Result>,
): Promise<Result> {
  await using stack = new AsyncDisposableStack();
  const interrupted = interruption();
  await mkdir(folder, { recursive: true });
  const redis = await startRedis(folder, stack);
  const coins = await startCoins();
  stack.defer(coins.close);
  const hand = await serveByHand();
  stack.defer(hand.close);

  // It is there first, so that it sees what the services do when they start.
  const ports = [await freePorts(), await freePorts()] as const;
  const subscriber = await freePorts();
  const prometheus = await startPrometheus({
    folder: join(folder, 'prometheus'),
    scrape: SCRAPE,
    evaluate: EVALUATE,
    targets: [
      ...ports.map(({ internal }) => ({ job: SCRAPE_JOB, address: `127.0.0.1:${internal}`, role: 'all' })),
      { job: SCRAPE_JOB, address: `127.0.0.1:${subscriber.internal}`, role: 'synthetic' },
      { job: 'by-hand', address: hand.address },
    ],
    itself: true,
  });
  stack.defer(() => ended(prometheus.child));
  const since = Math.floor(Date.now() / 1_000);
  write(
    `Prometheus at ${prometheus.address} scrapes every ${SCRAPE} and evaluates the generated rules every ${EVALUATE}`,
  );

  const invented = { REDIS_URL: redis, FEED: 'simulated', BACKUP_DIR: join(folder, 'backups') };
  const services = await Promise.all([
    startService('invented', folder, ports[0], invented),
    startService('venue', folder, ports[1], { ...coins.settings, REDIS_URL: redis, REDIS_KEY_PREFIX: 'venue:' }),
  ]);
  for (const service of services) stack.defer(service.close);
  const endpoint = { SYNTHETIC_URL: `http://${services[0].public}/graphql` };
  const synthetic = await startService('synthetic', folder, subscriber, endpoint, () => ['--role', 'synthetic']);
  stack.defer(synthetic.close);
  write(
    `two services run, and a subscriber of our own: a market that is invented, and a venue on this machine that speaks Coinbase's protocol`,
  );

  // Before there are users: they are promised an answer within a second, and this takes the machine.
  await Promise.race([backUp(folder, invented), interrupted]);
  const users = new AbortController();
  const busy = Promise.all(services.map((service) => load(service.public, users.signal)));
  stack.defer(async () => {
    users.abort();
    await busy;
  });
  const done = work({ address: prometheus.address, since });
  const left = busy.then(() => Promise.reject(new Error('the users have left')));
  return await Promise.race([done, left, interrupted]);
}

/** Rejects when this process is told to end, so that what it has started ends first. */
function interruption(): Promise<never> {
  const told = new Promise<never>((_, reject) => {
    for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => reject(new Error(`ended by ${name}`)));
  });
  // Until somebody waits for it, it is no failure of anybody.
  told.catch(() => null);
  return told;
}

/** What the jobs of a night and of a week do. */
async function backUp(folder: string, settings: Readonly<Record<string, string>>): Promise<void> {
  for (const args of [['backup', 'base'], ['backup', 'export'], ['backup', 'export-rest'], ['restore-drill']])
    await command(folder, 'invented', args, settings);
}

async function startRedis(folder: string, stack: AsyncDisposableStack): Promise<string> {
  const port = await freePort();
  const child = spawn('redis-server', ['--port', String(port), '--save', '', '--appendonly', 'no'], {
    cwd: folder,
    stdio: 'ignore',
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', () => reject(new ProgramMissing('redis-server', 'redis-server')));
  });
  stack.defer(() => ended(child));
  return `redis://127.0.0.1:${port}`;
}
