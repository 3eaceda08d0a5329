import { parser } from '@prometheus-io/lezer-promql';
import type { Page } from '../../../runbooks/page/page.ts';
import { at, type Finding, type World } from '../world.ts';

type SyntaxNode = ReturnType<typeof parser.parse>['topNode'];

/** Every query can be read, and asks for series, labels and values that there are. */
export function queries({ pages, series }: World): Finding[] {
  return pages.flatMap((page) =>
    queriesOf(page).flatMap(({ line, text }) => wrongIn(text, series).map((what) => at(page, line, what))),
  );
}

/** One query a line. */
export function queriesOf(page: Page, part?: string): { readonly line: number; readonly text: string }[] {
  return page.blocks
    .filter((block) => block.kind === 'promql' && (part === undefined || block.part === part))
    .flatMap(({ line, text }) => text.split('\n').map((query, index) => ({ line: line + index, text: query })));
}

function wrongIn(query: string, series: World['series']): string[] {
  const wrong: string[] = [];
  const labels = labelsIn(query, series);
  parser.parse(query).iterate({
    enter: (node) => {
      if (node.type.isError) wrong.push(`the query cannot be read at column ${node.from + 1}: ${query.slice(0, 80)}`);
      if (node.name === 'VectorSelector') wrong.push(...selector(node.node, query, series));
      if (node.name === 'LabelName' && node.node.parent?.name === 'GroupingLabels') {
        const label = query.slice(node.from, node.to);
        if (!labels.has(label)) wrong.push(`no series of the query has the label ${label}`);
      }
    },
  });
  return wrong;
}

/** Those of all series that the query asks for, and those that it makes itself. */
function labelsIn(query: string, series: World['series']): ReadonlySet<string> {
  const made = [...query.matchAll(/label_(?:replace|join)\(.*?, "([a-z_]+)", "/g)].flatMap(([, label = '']) => label);
  return new Set([...metricsIn(query).flatMap((metric) => [...(series.get(metric)?.keys() ?? [])]), ...made]);
}

function selector(node: SyntaxNode, query: string, series: World['series']): string[] {
  const name = node.getChild('Identifier');
  if (name === null) return ['a query names no metric'];
  const metric = query.slice(name.from, name.to);
  const labels = series.get(metric);
  if (labels === undefined) return [`nothing emits ${metric}`];
  const matchers = node.getChild('LabelMatchers')?.getChildren('UnquotedLabelMatcher') ?? [];
  const textOf = (child: SyntaxNode | null) => (child === null ? '' : query.slice(child.from, child.to));
  return matchers.flatMap((matcher) => {
    const label = textOf(matcher.getChild('LabelName'));
    const values = labels.get(label);
    if (values === undefined) return [`${metric} has no label ${label}`];
    const wanted = literal(textOf(matcher.getChild('StringLiteral')));
    return values === null
      ? []
      : missing(values, textOf(matcher.getChild('MatchOp')), wanted).map(
          (value) => `${metric} has no ${label} ${JSON.stringify(value)}, expected one of ${values.join(', ')}`,
        );
  });
}

/** What a matcher asks for and no series has; of a pattern each of its alternatives must be there. */
function missing(values: readonly string[], operator: string, wanted: string): string[] {
  if (!operator.includes('~')) return wanted === '' || values.includes(wanted) ? [] : [wanted];
  const alternatives = /[()[\]]/.test(wanted) ? [wanted] : wanted.split('|');
  return alternatives.filter((part) => !values.some((value) => new RegExp(`^(?:${part})$`).test(value)));
}

/** The text between the quotes of a query. */
function literal(quoted: string): string {
  return quoted.startsWith('"') ? String(JSON.parse(quoted)) : quoted.slice(1, -1);
}

/** The metrics that a query asks for. */
export function metricsIn(query: string): string[] {
  const found: string[] = [];
  parser.parse(query).iterate({
    enter: (node) => {
      const name = node.name === 'VectorSelector' ? node.node.getChild('Identifier') : null;
      if (name !== null) found.push(query.slice(name.from, name.to));
    },
  });
  return found;
}
