import { type Alert, pageOf } from '../alert.ts';
import { alerts, groups, outsideAlerts } from '../all.ts';
import { type ForeignFamily, foreign } from '../foreign/index.ts';
import { print } from '../promql/index.ts';
import { slos } from '../slos/table.ts';
import { waiting } from '../waiting.ts';
import { policies } from './policies.ts';

/** docs/alerts.md: what is promised, who is told of what, what is still missing. */
export function waitingPage(): string {
  return `${[
    '# Alerts',
    '<!-- Written by `npm run docs` from the tables of alerts/. Change those, then run it. -->',
    `${alerts.length} alerts and ${groups.flatMap(({ recordings }) => recordings).length} recorded series. A page wakes somebody, a ticket waits for the next working day, an info is a line in the chat, a heartbeat is missed elsewhere when it stops. A page goes on for five minutes after its cause has ended, so that one that flaps calls once; not so in Managed Prometheus, whose rules have no \`keep_firing_for\`: there it ends at once.`,
    '## What is promised, over 30 days',
    table(
      ['Promise', 'Objective', 'Name', 'Told when the budget is spent', 'Why so'],
      slos.map(({ promise, objective, name, windows, fewestBad, reason }) => [
        promise,
        `${Number((objective * 100).toFixed(4))} %`,
        code(name),
        windows
          .map(
            ({ speed, burn, long, short }) =>
              `${speed === 'Fast' ? 'page' : 'ticket'} at ${burn} times for ${long} and ${short}`,
          )
          .join('; ')
          .concat(`; at least ${fewestBad} bad`),
        reason,
      ]),
    ),
    ...groups
      .filter((group) => group.alerts.length > 0)
      .flatMap((group) => [`## ${title(group.name)}`, alertTable(group.alerts)]),
    '## Outside of the cluster',
    `Raised by alert policies of Cloud Monitoring alone, and evaluated there. So are ${listed(mirrored)}, which the cluster raises as well.`,
    alertTable(outsideAlerts),
    '## What waits',
    'Alerts and series that are planned and that nothing emits yet. None of them is in the rules.',
    table(
      ['What', 'Waits for'],
      waiting.map(({ what, waitsFor }) => [what.map(code).join(', '), waitsFor]),
    ),
    '## Series of others',
    'UNVERIFIED: their documentation is all that we have; nothing of ours has seen them.',
    table(
      ['Name', 'Type', 'Unit', 'Labels that we use', 'What it tells', 'Documented', 'Seen'],
      Object.values<ForeignFamily>(foreign).map(({ name, type, unit, labels, help, source, seen }) => [
        code(name),
        type,
        unit,
        Object.keys(labels).map(code).join(' '),
        help,
        `[page](${source})`,
        seen,
      ]),
    ),
    '## Expressions',
    '`{database}` is the name of the instance of Cloud SQL that the service writes to.',
    ...alerts.map((alert) => `${code(nameOf(alert))}\n\n\`\`\`promql\n${print(alert.expr.node)}\n\`\`\``),
  ].join('\n\n')}\n`;
}

const mirrored = [...new Set(policies().map(({ alert }) => alert))].filter((name) =>
  groups.some((group) => group.alerts.some((alert) => alert.name === name)),
);

function listed(names: readonly string[]): string {
  return names.map(code).join(', ');
}

function alertTable(of: readonly Alert[]): string {
  return table(['Alert', 'Severity', 'For', 'What a user loses', 'Why this line', 'Panel', 'Page'], of.map(row));
}

function row(alert: Alert): string[] {
  return [
    code(nameOf(alert)),
    alert.severity,
    alert.for,
    alert.summary,
    alert.reason,
    alert.panel,
    code(pageOf(alert)),
  ];
}

function nameOf({ name, about }: Alert): string {
  return about ? `${name} (${about})` : name;
}

function title(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1).replaceAll('-', ' ');
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows]
    .map((cells) => `| ${cells.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n');
}

function code(text: string): string {
  return `\`${text}\``;
}
