import { drillOf } from '../page/drill.ts';
import { type Page, said } from '../page/page.ts';
import { owners, queriesOf, type Subject } from '../page/subject.ts';

/** Under this head stands what the rules ask, and that they are to give nothing; of a procedure the queries are typed. */
const GENERATED_PART = 'Over when';
/** Keys of the head that a person writes. */
const WRITTEN = ['last_drilled', 'minutes'] as const;

/** The text of a page with what follows from the tables of alerts/: its head, and the queries under Over when. */
export function filled(page: Page, subject: Subject | undefined): string {
  const body = page.lines.slice(Math.max(0, page.titleLine - 1));
  const head = headOf(page, subject).map(([key, value]) => `${key}: ${value}`);
  const lines = withQueries(body, subject);
  return `${['---', ...head, '---', '', ...lines].join('\n')}\n`;
}

function headOf(page: Page, subject: Subject | undefined): [string, string][] {
  const written = WRITTEN.map((key): [string, string] => [key, said(page, key) ?? defaults[key]]);
  const drill: [string, string] = ['drill', drillNames[drillOf(page) ?? 'none'](page)];
  if (subject === undefined) return [['procedure', page.name], ['owner', 'platform'], drill, ...written];
  const [first] = subject.alerts;
  const panels = [...new Set(subject.alerts.map(({ panel }) => panel))];
  return [
    ['alert', subject.name],
    ['severity', subject.severity],
    ['service', first?.service ?? ''],
    ['owner', first ? owners[first.service] : ''],
    ['slo', first?.slo ?? 'none'],
    ['dashboards', panels.join(', ')],
    drill,
    ...written,
  ];
}

const drillNames = {
  changes: ({ name }: Page) => name,
  reads: ({ name }: Page) => `${name}, which only reads`,
  none: () => 'none',
} as const;

const defaults = { last_drilled: 'never', minutes: '10' } as const;

/** The first block of queries under the head is replaced, and what stands between them. */
function withQueries(lines: readonly string[], subject: Subject | undefined): string[] {
  const head = lines.indexOf(`## ${GENERATED_PART}`);
  const begin = head < 0 ? -1 : lines.indexOf('```promql', head);
  const end = begin < 0 ? -1 : lines.indexOf('```', begin + 1);
  if (end < 0) return [...lines];
  const queries = subject === undefined ? lines.slice(begin + 1, end) : queriesOf(subject);
  const over = subject?.severity === 'heartbeat' ? HEARTBEAT : ended(queries.length);
  return [...lines.slice(0, head + 1), '', over, '```promql', ...queries, ...lines.slice(end)];
}

const HEARTBEAT = 'It is over when this gives something, and the receiver of the heartbeat is content:';
const ended = (count: number): string =>
  `It is over when ${count === 1 ? 'this gives' : 'these give'} nothing for five minutes:`;
