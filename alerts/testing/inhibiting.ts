import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stringify } from 'yaml';
import { alertmanager } from '../routing/config.ts';
import { inhibitionCases as cases, type InhibitionCase, type Labels } from './inhibition-cases.ts';
import type { Counts } from './rules.ts';
import { freePort, withServer } from './servers.ts';

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
const SETTLED_MS = 30_000;
const PAUSE_MS = 20;

/** Asks while these alerts fire and no other does. */
async function present(address: string, alerts: readonly Labels[], ask: () => Promise<boolean>): Promise<boolean> {
  await tell(address, alerts, 60_000);
  const answer = await ask();
  await tell(address, alerts, -1_000);
  return answer;
}

/** Whether it comes to be silenced, or to be heard, by the time by which all that was told must have been taken in. */
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
  await withServer(child, `http://127.0.0.1:${port}`, work);
}
