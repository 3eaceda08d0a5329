import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type JobSpec, jobs } from '../jobs.ts';
import { catalogue } from '../metrics/catalogue.ts';
import { type Family, type Label, rolesOf, seriesAtMost } from '../metrics/family.ts';
import { libraryFamilies } from '../metrics/library.ts';
import { quote } from '../platform/errors.ts';
import { ports, type RoleSpec, roles, tasks } from '../roles.ts';
import { sentence } from '../settings/kinds.ts';
import { type Variable, variables } from '../settings.ts';

const usage = `Writes what is written from the code: docs/settings.md, docs/metrics.md and schema.graphql.

Usage: npm run docs -- [--check]

  --check  write nothing, only name what is not as the code says
  --help   this text

Exit code: 0 all is as the code says, 1 something is not (with --check), 2 a wrong argument.`;

/**
 * Writes the pages of docs/ and `others`, by their paths below the root, where they are not already so; with `--check` only names them. Gives
 * the exit code.
 */
export async function run(
  args: readonly string[],
  root: string,
  others: Pages,
  write: (line: string) => void,
): Promise<0 | 1 | 2> {
  if (args.includes('--help')) {
    write(usage);
    return 0;
  }
  const unknown = args.find((argument) => argument !== '--check');
  if (unknown !== undefined) {
    write(`An argument is ${quote(unknown)}, expected --check, --help or nothing`);
    return 2;
  }
  const pages = { 'docs/settings.md': settingsPage(), 'docs/metrics.md': metricsPage(), ...others };
  const stale = await drifted(root, pages);
  if (args.includes('--check')) {
    for (const [name] of stale) write(`${name} is not what the code says: npm run docs writes it`);
    return stale.length > 0 ? 1 : 0;
  }
  for (const [name, text] of stale) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), text);
    write(`${name} written`);
  }
  if (stale.length === 0) write('all is as the code says: nothing to write');
  return 0;
}

type Pages = Readonly<Record<string, string>>;

async function drifted(root: string, pages: Pages): Promise<[name: string, text: string][]> {
  const all = Object.entries(pages);
  const written = await Promise.all(all.map(([name]) => readFile(join(root, name), 'utf8').catch(() => undefined)));
  return all.filter(([, text], index) => text !== written[index]);
}

function settingsPage(): string {
  const rows = Object.entries<Variable>(variables).map(([name, spec]) => [
    code(name),
    wanted(spec),
    standard(spec),
    readers(spec),
    meaning(spec),
  ]);
  const started = [
    ...Object.entries<RoleSpec>(roles).map(([name, { description, ports: opened }]) => [
      code(name),
      'role',
      opened.join(', '),
      description,
    ]),
    ...Object.entries(tasks).map(([name, { description }]) => [code(name), 'task', 'none', description]),
  ];
  return page(
    'Settings',
    `Every variable that the service reads from its environment, and no other. All mistakes are told together before anything starts;
a secret is never shown. A variable that is set to nothing is a mistake, one that is left out has its default.`,
    table(['Variable', 'Value', 'Default', 'Read by', 'What it does'], rows),
    '## Roles and tasks',
    table(['Name', 'Kind', 'Ports', 'What it does'], started),
    table(
      ['Port', 'Default', 'Variable', 'What it serves'],
      Object.entries(ports).map(([name, { number, setting, description }]) => [
        name,
        String(number),
        code(setting),
        description,
      ]),
    ),
    '## Scheduled jobs\n\nEach occurrence is done once by one of the processes of its roles, whichever is there.',
    table(
      ['Job', 'When', 'Time limit', 'Tried again', 'Roles', 'What it does'],
      Object.entries<JobSpec>(jobs).map(([name, { trigger, timeLimitSeconds, retries, roles: by, description }]) => [
        code(name),
        'cron' in trigger
          ? `${code(trigger.cron)} UTC`
          : `${trigger.minutes} minutes after each close of ${trigger.afterClose}`,
        `${timeLimitSeconds} seconds`,
        `${retries.limit} times, after ${retries.delaySeconds} to ${retries.mostSeconds} seconds`,
        by.join(', '),
        description,
      ]),
    ),
  );
}

function wanted({ kind, unit, secret }: Variable): string {
  return `${kind.expected}${unit && unit !== 'ratio' ? `; ${unit}` : ''}${secret ? ' (secret)' : ''}`;
}

function standard(spec: Variable): string {
  const known = spec.secret ? 'one for development' : code(String(spec.default));
  const plain = spec.default === null ? `none: ${spec.unset}` : known;
  const production =
    spec.productionDefault === undefined ? '' : `; in production ${code(String(spec.productionDefault))}`;
  const refused = spec.notInProduction ? '; refused in production' : '';
  return `${plain}${production}${refused}`;
}

function readers({ readers: by, requiredBy = [] }: Variable): string {
  return by.map((reader) => (requiredBy.includes(reader) ? `${reader} (required)` : reader)).join(', ');
}

function meaning({ description, onlyIn }: Variable): string {
  return onlyIn ? `${description} Refused unless ENVIRONMENT is ${sentence(onlyIn)}.` : description;
}

function metricsPage(): string {
  const families = Object.values<Family>(catalogue);
  const ours = families.map((family) => [
    code(family.name),
    family.type,
    family.unit,
    Object.entries(family.labels).map(labelText).join('; '),
    family.help,
    family.owner,
    rolesOf(family).join(' '),
    String(seriesAtMost(family)),
  ]);
  const buckets = families.flatMap((family) =>
    family.type === 'histogram' ? [[code(family.name), family.buckets.join(', ')]] : [],
  );
  return page(
    'Metrics',
    `Every metric family that the service emits on \`/metrics\` of its internal port, and no other. Label sets whose values are listed here
start at zero, except for instants and facts, which are absent until they are known. Roles are those in which a family says something; others
show its zeros at most. The last column is what one process can have at most: every value of each label with every one of the others, which
is ${families.reduce((sum, family) => sum + seriesAtMost(family), 0)} series in all.

Series of others that alerts and dashboards use are in [alerts.md](alerts.md#series-of-others); those marked UNVERIFIED nothing of ours has seen.`,
    table(['Name', 'Type', 'Unit', 'Labels', 'What it tells', 'Emitted by', 'In roles', 'Series'], ours),
    '## Buckets',
    table(['Histogram', 'Upper edges'], buckets),
    '## From the library\n\nFamilies of the process itself that prom-client emits on Linux, under names of its own.',
    table(
      ['Name', 'Type', 'Labels', 'What it tells'],
      libraryFamilies.map(({ name, type, labels, help }) => [code(name), type, labels.join(', '), help]),
    ),
  );
}

function labelText([name, label]: readonly [string, Label]): string {
  return `${code(name)}: ${'from' in label ? `${label.from} (at most ${label.atMost})` : label.map(code).join(' ')}`;
}

function page(title: string, introduction: string, ...parts: readonly string[]): string {
  const origin = '<!-- Written by `npm run docs` from the tables of the code. Change those, then run it. -->';
  return `${[`# ${title}`, origin, introduction, ...parts].join('\n\n')}\n`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.map(cell).join(' | ')} |`);
  return lines.join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

function code(text: string): string {
  return `\`${text}\``;
}
