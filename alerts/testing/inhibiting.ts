import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { alertmanager } from '../routing/config.ts';
import type { Counts } from './rules.ts';

type Labels = Readonly<Record<string, string>>;

function stale(feed: string, market: string): Labels {
  return { alertname: 'MarketDataStale', severity: 'page', service: 'market-data', feed, market };
}

type InhibitionCase = {
  readonly source: Labels;
  readonly silenced: readonly Labels[];
  readonly heard: readonly Labels[];
  /** Another case of the inhibition of the row before. */
  readonly again?: true;
};

/** What is known, what it silences, and what it must not silence though it looks alike. One row an inhibition, in their order. */
const cases: readonly InhibitionCase[] = [
  {
    source: { alertname: 'ApiAvailabilityBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-availability' },
    silenced: [
      { alertname: 'ApiAvailabilityBudgetBurnSlow', severity: 'ticket', service: 'api', slo: 'api-availability' },
    ],
    heard: [
      { alertname: 'ApiLatencyBudgetBurnSlow', severity: 'ticket', service: 'api', slo: 'api-latency' },
      { alertname: 'BackendHighErrorRate', severity: 'ticket', service: 'api' },
    ],
  },
  {
    source: stale('alpaca_sip', 'XNYS'),
    silenced: [
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: 'XNYS' },
      { alertname: 'SignalDeliveryIncomplete', severity: 'page', service: 'signals', market: 'XNYS' },
    ],
    heard: [
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: '24x7' },
      { alertname: 'SignalDeliveryIncomplete', severity: 'page', service: 'signals', market: '24x7' },
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: 'XNYS', cluster: 'another' },
      { alertname: 'SignalFreshnessBudgetBurnFast', severity: 'page', service: 'delivery', slo: 'signal-freshness' },
      {
        alertname: 'SignalCompletenessBudgetBurnFast',
        severity: 'page',
        service: 'signals',
        slo: 'signal-completeness',
      },
    ],
  },
  {
    source: stale('coinbase', '24x7'),
    again: true,
    silenced: [{ alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: '24x7' }],
    heard: [
      { alertname: 'SignalsSilent', severity: 'page', service: 'signals', market: 'XNYS' },
      { alertname: 'SignalDeliveryIncomplete', severity: 'page', service: 'signals', market: 'XNYS' },
    ],
  },
  {
    source: stale('alpaca_sip', 'XNYS'),
    silenced: [
      { alertname: 'DataFreshnessBudgetBurnSlow', severity: 'ticket', service: 'market-data', slo: 'data-freshness' },
    ],
    heard: [{ alertname: 'ApiLatencyBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-latency' }],
  },
  {
    source: stale('alpaca_sip', 'XNYS'),
    silenced: [{ ...stale('alpaca_sip', 'XNYS'), alertname: 'MarketDataPartiallyStale', severity: 'ticket' }],
    heard: [{ ...stale('coinbase', '24x7'), alertname: 'MarketDataPartiallyStale', severity: 'ticket' }],
  },
  {
    source: { alertname: 'DatabaseConnectionFailures', severity: 'page', service: 'database' },
    silenced: [
      { alertname: 'ApiAvailabilityBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-availability' },
      { alertname: 'QueueBacklog', severity: 'ticket', service: 'jobs' },
      { alertname: 'DatabasePoolSaturated', severity: 'page', service: 'database', pool: 'requests' },
    ],
    heard: [
      { alertname: 'ApiDown', severity: 'page', service: 'api' },
      { alertname: 'DatabaseDiskFullSoon', severity: 'page', service: 'database' },
    ],
  },
  {
    source: { alertname: 'DatabaseDown', severity: 'page', service: 'database', database_id: 'a' },
    silenced: [{ alertname: 'DatabaseConnectionFailures', severity: 'page', service: 'database' }],
    heard: [{ alertname: 'RedisDown', severity: 'page', service: 'cache' }],
  },
  {
    source: { alertname: 'RedisDown', severity: 'page', service: 'cache' },
    silenced: [
      {
        alertname: 'SubscriptionDeliveryBudgetBurnFast',
        severity: 'page',
        service: 'delivery',
        slo: 'subscription-delivery',
      },
      { alertname: 'CacheMissRatioHigh', severity: 'info', service: 'cache' },
    ],
    heard: [{ alertname: 'ApiAvailabilityBudgetBurnFast', severity: 'page', service: 'api', slo: 'api-availability' }],
  },
  {
    source: { alertname: 'ApiDown', severity: 'page', service: 'api' },
    silenced: [{ alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'api' }],
    heard: [{ alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'pipeline' }],
  },
  {
    source: { alertname: 'PipelineDown', severity: 'page', service: 'market-data' },
    silenced: [
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'pipeline' },
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'all' },
    ],
    heard: [
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'api' },
      {
        alertname: 'BackendInstanceDown',
        severity: 'ticket',
        service: 'platform',
        role: 'pipeline',
        cluster: 'another',
      },
      { alertname: 'WorkerDown', severity: 'ticket', service: 'jobs' },
    ],
  },
  {
    source: { alertname: 'WorkerDown', severity: 'ticket', service: 'jobs' },
    silenced: [{ alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'worker' }],
    heard: [
      { alertname: 'BackendInstanceDown', severity: 'ticket', service: 'platform', role: 'pipeline' },
      { alertname: 'BackupTooOld', severity: 'page', service: 'recovery' },
    ],
  },
  {
    source: { alertname: 'ApiDown', severity: 'page', service: 'api' },
    silenced: [{ alertname: 'VerifiedDeliveryBudgetBurnFast', severity: 'page', service: 'delivery' }],
    heard: [{ alertname: 'SubscriptionDeliveryBudgetBurnFast', severity: 'page', service: 'delivery' }],
  },
];

/** Every inhibition both ways in a real Alertmanager, and that nothing is silenced while its cause is not there. */
export async function testInhibitions(folder: string, tools: string): Promise<Counts> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'alertmanager.yaml'), stringify(alertmanager, { aliasDuplicateObjects: false }));
  const failures: string[] = [];
  const tested = cases.filter(({ again }) => !again).length;
  if (tested !== alertmanager.inhibit_rules.length)
    failures.push(`${tested} tests of ${alertmanager.inhibit_rules.length} inhibitions`);
  await withAlertmanager(folder, tools, async (address) => {
    for (const one of cases) failures.push(...(await failuresOf(address, one)));
  });
  const asked = cases.reduce((sum, { silenced, heard }) => sum + 2 * (silenced.length + heard.length), 0);
  return {
    lines: [...failures, `${tested} inhibitions, ${asked} questions, ${failures.length} failed`],
    failed: failures.length,
  };
}

async function failuresOf(address: string, { source, silenced, heard }: InhibitionCase): Promise<string[]> {
  const failures: string[] = [];
  const name = source['alertname'];
  const [witness] = silenced;
  if (witness === undefined) throw new Error(`nothing is said to be silenced by ${name}`);
  for (const target of [...silenced, ...heard]) {
    const alone = await present(address, [target], () => becomes(address, target, false));
    if (!alone) failures.push(`${target['alertname']} is silenced by nothing`);
  }
  for (const target of silenced) {
    const together = await present(address, [source, target], () => becomes(address, target, true));
    if (!together) failures.push(`${name} does not silence ${JSON.stringify(target)}`);
  }
  for (const target of heard) {
    const isSpared = await present(address, [source, witness, target], async () => {
      // That the cause has been taken in shows in what it does silence.
      await becomes(address, witness, true);
      return !(await isSilenced(address, target));
    });
    if (!isSpared) failures.push(`${name} silences ${JSON.stringify(target)}`);
  }
  return failures;
}

/** Alertmanager answers before it has taken in what it was told. */
const SETTLED_MS = 5_000;
const PAUSE_MS = 20;

/** Asks while these alerts fire and no other does. */
async function present(address: string, alerts: readonly Labels[], ask: () => Promise<boolean>): Promise<boolean> {
  await tell(address, alerts, 60_000);
  const answer = await ask();
  await tell(address, alerts, -1_000);
  return answer;
}

/** Whether it comes to be silenced, or no longer to be, before everything that was told must have been taken in. */
async function becomes(address: string, target: Labels, wanted: boolean): Promise<boolean> {
  const until = performance.now() + SETTLED_MS;
  while ((await isSilenced(address, target)) !== wanted) {
    if (performance.now() > until) return false;
    await sleep(PAUSE_MS);
  }
  return true;
}

async function isSilenced(address: string, target: Labels): Promise<boolean> {
  const answer = await fetch(`${address}/api/v2/alerts`);
  const all = (await answer.json()) as { labels: Labels; status: { inhibitedBy: string[] } }[];
  const found = all.find(
    ({ labels }) => JSON.stringify(Object.entries(labels).sort()) === JSON.stringify(Object.entries(target).sort()),
  );
  if (!found) throw new Error(`Alertmanager does not know ${JSON.stringify(target)}`);
  return found.status.inhibitedBy.length > 0;
}

/** Alerts that end so many ms from now. */
async function tell(address: string, present: readonly Labels[], ms: number): Promise<void> {
  const now = Date.now();
  const instants = { startsAt: new Date(now - 60_000).toISOString(), endsAt: new Date(now + ms).toISOString() };
  const body = JSON.stringify(present.map((labels) => ({ labels, ...instants })));
  const answer = await fetch(`${address}/api/v2/alerts`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  if (!answer.ok) throw new Error(`Alertmanager answers ${answer.status}: ${await answer.text()}`);
}

async function withAlertmanager(
  folder: string,
  tools: string,
  work: (address: string) => Promise<void>,
): Promise<void> {
  const port = await freePort();
  const args = [
    '--config.file=alertmanager.yaml',
    '--storage.path=data',
    `--web.listen-address=127.0.0.1:${port}`,
    '--cluster.listen-address=',
  ];
  const child = spawn(join(tools, 'alertmanager'), args, { cwd: folder, stdio: 'ignore' });
  try {
    await untilReady(child, `http://127.0.0.1:${port}`);
    await work(`http://127.0.0.1:${port}`);
  } finally {
    child.kill();
  }
}

/** Waits until a server of somebody else says that it is ready. */
export async function untilReady(child: ChildProcess, address: string): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${child.spawnfile} ended with ${child.exitCode}`);
    const ready = await fetch(`${address}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`${child.spawnfile} is not ready after a minute`);
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      );
    });
  });
}
