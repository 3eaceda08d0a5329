import { type Page, said } from '../page/page.ts';
import { owners, queriesOf, type Subject } from '../page/subject.ts';

/** Under this head stands what the rules ask, and nothing that was typed. */
const GENERATED_PART = 'Over when';
/** Keys of the head that a person writes. */
const WRITTEN = ['last_drilled', 'minutes'] as const;

/** The text of a page with what follows from the tables of alerts/: its head, and the queries under Over when. */
export function filled(page: Page, subject: Subject | undefined): string {
  const body = page.lines.slice(Math.max(0, page.titleLine - 1));
  const head = headOf(page, subject).map(([key, value]) => `${key}: ${value}`);
  const lines = subject === undefined ? body : withQueries(body, queriesOf(subject));
  return `${['---', ...head, '---', '', ...lines].join('\n')}\n`;
}

function headOf(page: Page, subject: Subject | undefined): [string, string][] {
  const hasDrill = page.blocks.some(({ kind }) => kind === 'sh drill');
  const written = WRITTEN.map((key): [string, string] => [key, said(page, key) ?? defaults[key]]);
  const drill: [string, string] = ['drill', hasDrill ? page.name : 'none'];
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

const defaults = { last_drilled: 'never', minutes: '10' } as const;

/** The text of the first block of queries under the head is replaced. */
function withQueries(lines: readonly string[], queries: readonly string[]): string[] {
  const head = lines.indexOf(`## ${GENERATED_PART}`);
  const begin = head < 0 ? -1 : lines.indexOf('```promql', head);
  const end = begin < 0 ? -1 : lines.indexOf('```', begin + 1);
  return end < 0 ? [...lines] : [...lines.slice(0, begin + 1), ...queries, ...lines.slice(end)];
}
