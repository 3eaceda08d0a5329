import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alerts } from '../all.ts';
import { alertText } from '../generate/rule.ts';
import { receivers } from '../routing/receivers.ts';
import { run } from './program.ts';
import type { Counts } from './rules.ts';

const HOUR = 3_600_000;
const STARTED = Date.parse('2026-11-20T03:07:00Z');
const ENDED = STARTED + HOUR;

/** Every template of a receiver, rendered by amtool for an alert that fires and for one that is over. */
export async function testMessages(folder: string, tools: string): Promise<Counts> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'none.tmpl'), '');
  const templates = [...new Set(receivers.flatMap(templatesOf))];
  const failures: string[] = [];
  for (const status of ['firing', 'resolved'] as const) {
    await writeFile(join(folder, `${status}.json`), JSON.stringify(message(status)));
    const range = `from=${STARTED - 3 * HOUR}&to=${status === 'resolved' ? ENDED : 'now'}`;
    for (const template of templates) {
      const said = await run(join(tools, 'amtool'), argumentsOf(template, status), folder);
      if (!said.content || said.output.includes('<no value>'))
        failures.push(`${template.slice(0, 60)} of an alert that is ${status}: ${said.output.trim()}`);
      if (template.includes('dashboard_url') && !said.output.includes(range))
        failures.push(`the panel of an alert that is ${status}: ${said.output.trim()}, expected ${range}`);
      if (said.output.includes('now-')) failures.push(`a range that moves on: ${said.output.trim()}`);
    }
  }
  return { lines: [...failures, `${templates.length} templates, ${failures.length} failed`], failed: failures.length };
}

/** Every text of a receiver in which something is filled in. */
function templatesOf(of: unknown): string[] {
  if (typeof of === 'string') return of.includes('{{') ? [of] : [];
  return typeof of === 'object' && of !== null ? Object.values(of).flatMap(templatesOf) : [];
}

function argumentsOf(template: string, data: string): string[] {
  return [
    'template',
    'render',
    '--template.glob=*.tmpl',
    `--template.data=${data}.json`,
    `--template.text=${template}`,
  ];
}

/** As Alertmanager hands it to a template. */
function message(status: 'firing' | 'resolved'): unknown {
  const [alert] = alerts;
  const rule = alert && alertText(alert);
  if (!(rule && 'alert' in rule)) throw new Error('there is no alert');
  const labels = { alertname: rule.alert, ...rule.labels };
  const instants = { startsAt: new Date(STARTED).toISOString(), endsAt: new Date(ENDED).toISOString() };
  return {
    ...{ receiver: 'page', status, groupLabels: labels, commonLabels: labels, commonAnnotations: rule.annotations },
    ...{
      externalURL: 'http://localhost:9093',
      alerts: [{ status, labels, annotations: rule.annotations, ...instants }],
    },
  };
}
