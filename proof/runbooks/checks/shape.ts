import { index } from '../../../runbooks/generate/page-list.ts';
import { type Page, said } from '../../../runbooks/page/page.ts';
import { at, type Finding, regenerated, type World } from '../world.ts';

/** In this order; others may stand between them. */
const HEADS = ['Impact', 'Confirm', 'Fix', 'Over when', 'Escalate'] as const;
/** From the title on, without drills: what stands above is for machines, and nobody reads a drill at night. */
const MOST_LINES = 60;
/** The title being the first. */
const FIRST_COMMAND = 10;

/** An alert has one page, and a page one alert or a name in small letters, which is a procedure. */
export function pairs({ pages, subjects }: World): Finding[] {
  const names = new Set(pages.map(({ name }) => name));
  const alerts = new Set(subjects.map(({ name }) => name));
  return [
    ...subjects
      .filter(({ name }) => !names.has(name))
      .map(({ name }) => `alerts/ ${name} has no page, expected runbooks/${name}.md`),
    ...pages
      .filter(({ name }) => !alerts.has(name) && !/^[a-z]+(-[a-z]+)*$/.test(name))
      .map((page) => at(page, 1, `no alert is called ${page.name}`)),
  ];
}

/** The list of all pages is what the pages say. */
export function listed(world: World): Finding[] {
  return index(world.pages) === world.index
    ? []
    : ['runbooks/README.md:1 is not what the pages say: npm run docs writes it'];
}

/** What every page has, and how long it is. */
export function shape(world: World): Finding[] {
  return world.pages.flatMap((page) => [
    ...headings(page),
    ...sizes(page),
    ...undo(page),
    ...referred(page),
    ...(regenerated(world, page) === `${page.lines.join('\n')}\n`
      ? []
      : [at(page, 1, 'the head or the queries under Over when are not what the tables say: npm run docs writes them')]),
  ]);
}

function headings(page: Page): Finding[] {
  const wrong =
    page.title === page.name || said(page, 'procedure')
      ? []
      : [at(page, page.titleLine, `the title is "${page.title}", expected ${page.name}`)];
  const order = page.parts.map(({ name }) => name).filter((name) => HEADS.some((head) => head === name));
  const missing = HEADS.filter((head) => !order.includes(head));
  return [
    ...wrong,
    ...missing.map((head) => at(page, 1, `has no head ${head}`)),
    ...(missing.length === 0 && order.join() !== HEADS.join()
      ? [at(page, page.parts[0]?.line ?? 1, `heads are ${order.join(', ')}, expected ${HEADS.join(', ')}`)]
      : []),
    ...page.parts
      .filter(({ text }) => text.every((line) => line.trim() === ''))
      .map(({ name, line }) => at(page, line, `says nothing under ${name}`)),
  ];
}

function sizes(page: Page): Finding[] {
  const [first] = page.blocks;
  const drills = page.blocks.filter(({ kind }) => kind === 'sh drill');
  const length = drills.reduce(
    (sum, { text }) => sum - text.split('\n').length - 3,
    page.lines.length - page.titleLine + 1,
  );
  const minutes = said(page, 'minutes') ?? '';
  return [
    ...(length > MOST_LINES
      ? [at(page, page.lines.length, `has ${length} lines, expected at most ${MOST_LINES}`)]
      : []),
    ...(first === undefined || first.line - page.titleLine >= FIRST_COMMAND
      ? [
          at(
            page,
            first?.line ?? page.titleLine,
            `the first command comes after ${FIRST_COMMAND} lines, expected it sooner`,
          ),
        ]
      : []),
    ...(first !== undefined && first.part !== 'Confirm'
      ? [at(page, first.line, 'the first command does not stand under Confirm')]
      : []),
    ...page.blocks
      .filter(({ kind }) => !['sh', 'sh drill', 'promql'].includes(kind))
      .map(({ kind, line }) => at(page, line, `a block is "${kind}", expected sh, sh drill or promql`)),
    ...(/^[1-9]\d{0,2}$/.test(minutes) ? [] : [at(page, 1, `minutes is "${minutes}", expected a whole number`)]),
    ...(/^(never|\d{4}-\d\d-\d\d)$/.test(said(page, 'last_drilled') ?? '')
      ? []
      : [at(page, 1, 'last_drilled is no date')]),
  ];
}

/** Every step of Fix has a number and says how it is taken back. */
function undo(page: Page): Finding[] {
  const fix = page.parts.find(({ name }) => name === 'Fix');
  if (fix === undefined) return [];
  const steps = fix.text
    .map((text, index) => ({ text, line: fix.line + 1 + index }))
    .filter(({ text }) => /^\*\*\d+[.] /.test(text));
  const loose = page.blocks.filter(
    ({ part, kind, line }) => part === 'Fix' && kind === 'sh' && !steps.some((step) => step.line < line),
  );
  return [
    ...(steps.length === 0 ? [at(page, fix.line, 'Fix has no step, expected **1. ...**')] : []),
    ...steps
      .filter(({ text }) => !/\bUndo: |Nothing to (?:undo|do)\b/.test(text))
      .map(({ line }) => at(page, line, 'a step says nothing of its undo')),
    ...loose.map(({ line }) => at(page, line, 'a command under Fix belongs to no step')),
  ];
}

/** A step that the text speaks of is there. */
function referred(page: Page): Finding[] {
  const steps = new Set(page.lines.flatMap((text) => /^\*\*(\d+)[.] /.exec(text)?.[1] ?? []));
  return page.lines.flatMap((text, index) =>
    [...text.matchAll(/\b[Ss]teps? (\d+(?:(?:, | and | or | to )\d+)*)/g)]
      .flatMap(([, numbers = '']) => numbers.match(/\d+/g) ?? [])
      .filter((number) => !steps.has(number))
      .map((number) => at(page, index + 1, `there is no step ${number}`)),
  );
}
