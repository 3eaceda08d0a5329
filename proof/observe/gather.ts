import { askNow, askRange, type Series, type Span } from '../common/prometheus/ask.ts';
import { type BoardFile, filled, type PanelFile } from '../dashboards/boards.ts';

/** Everything that a page shows: what its script draws, as JSON. */
export type Shown = {
  readonly title: string;
  readonly purpose: string;
  /** What has to be known of where the figures come from. */
  readonly note: string;
  readonly from: number;
  readonly until: number;
  readonly panels: readonly ShownPanel[];
  readonly marks: readonly { readonly at: number; readonly text: string; readonly colour: string }[];
};

type ShownPanel = Pick<PanelFile, 'type' | 'title' | 'description' | 'gridPos' | 'fieldConfig'> & {
  readonly content: string | undefined;
  readonly pages: readonly string[];
  readonly series: readonly ShownSeries[];
};

type ShownSeries = Series & {
  readonly name: string;
  /** Of the query that it answers. */
  readonly column: string;
};

/** Metrics whose series nobody measured, and what is said of them. */
export type ByHand = { readonly names: readonly string[]; readonly note: string };

/** Asks a Prometheus everything that a dashboard shows over a span. A panel that shows what is made by hand says so in its title. */
export async function gather(
  address: string,
  board: BoardFile,
  span: Span,
  { names, note }: ByHand = { names: [], note: '' },
): Promise<Shown> {
  const variables = board.templating.list;
  const panels = await Promise.all(
    board.panels.map(async ({ targets = [], links = [], options, ...panel }) => {
      const answers = targets.map(async ({ expr, instant, legendFormat = '' }) => {
        const query = filled(expr, variables);
        const found = instant ? await askNow(address, query) : await askRange(address, query, span);
        return found.map((one) => ({ ...one, name: named(legendFormat, one.labels), column: legendFormat }));
      });
      const isByHand = targets.some(({ expr }) => names.some((name) => expr.includes(name)));
      return {
        ...panel,
        title: isByHand ? `${panel.title} (made by hand)` : panel.title,
        content: options?.content,
        pages: links.map(({ title }) => title),
        series: (await Promise.all(answers)).flat(),
      };
    }),
  );
  const marks = board.annotations.list.map(async ({ target, textFormat, iconColor }) => {
    const found = await askRange(address, filled(target.expr, variables), span);
    // One mark where it begins; what it was at the edge of the picture had begun before.
    return found.flatMap(({ labels, points: [first] }) =>
      first && first[0] > span.from + span.step
        ? [{ at: first[0], text: named(textFormat, labels), colour: iconColor }]
        : [],
    );
  });
  const { from, until } = span;
  return {
    title: board.title,
    purpose: board.description,
    note,
    from,
    until,
    panels,
    marks: (await Promise.all(marks)).flat(),
  };
}

function named(format: string, labels: Readonly<Record<string, string>>): string {
  return format.replace(/\{\{(\w+)\}\}/g, (_, label: string) => labels[label] ?? '');
}
