import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { Severity } from '../alert.ts';
import { alerts } from '../all.ts';
import { labelsOf } from '../generate/rule.ts';
import { alertmanager } from '../routing/config.ts';
import type { Receiver } from '../routing/receivers.ts';
import { run } from './program.ts';
import type { Counts } from './rules.ts';

const told: Readonly<Record<Severity, readonly Receiver[]>> = {
  page: ['page', 'page-chat'],
  ticket: ['ticket'],
  info: ['info'],
  heartbeat: ['heartbeat'],
};

/** Every alert by its own labels, and one without any, through amtool. */
export async function testRoutes(folder: string, tools: string): Promise<Counts> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'alertmanager.yaml'), stringify(alertmanager, { aliasDuplicateObjects: false }));
  const amtool = join(tools, 'amtool');
  const config = await run(amtool, ['check-config', 'alertmanager.yaml'], folder);
  const failures = config.content ? [] : [config.output];
  const cases = new Map<string, { labels: readonly string[]; receivers: readonly Receiver[] }>();
  for (const alert of alerts) {
    const { severity, service, team } = labelsOf(alert);
    const labels = [`alertname=${alert.name}`, `severity=${severity}`, `service=${service}`, `team=${team}`];
    cases.set(`${severity} of ${service}`, { labels, receivers: told[alert.severity] });
  }
  cases.set('no labels at all', { labels: ['alertname=Somebody'], receivers: ['ticket'] });
  cases.set('a severity of others', { labels: ['alertname=Somebody', 'severity=critical'], receivers: ['ticket'] });
  for (const [name, { labels, receivers }] of cases) {
    const args = [
      'config',
      'routes',
      'test',
      '--config.file',
      'alertmanager.yaml',
      `--verify.receivers=${receivers.join(',')}`,
    ];
    const said = await run(amtool, [...args, ...labels], folder);
    if (!said.content) failures.push(`route of ${name}: ${said.output.trim()}`);
  }
  return { lines: [...failures, `${cases.size} routes, ${failures.length} failed`], failed: failures.length };
}
