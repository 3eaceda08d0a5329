import { askNow, askRange, labelValues, type Span } from '../common/prometheus/ask.ts';
import { type BoardFile, filled } from './boards.ts';
import { emptiness } from './verdict.ts';

export type Found = {
  readonly panels: number;
  readonly queries: number;
  readonly variables: number;
  readonly markers: number;
  /** Markers of which something happened in the span. */
  readonly marks: number;
  /** A sentence for each query without an answer. */
  readonly empty: readonly string[];
};

/** Asks every query of a dashboard as Grafana would: of its panels, its variables and its markers. */
export async function examine(address: string, name: string, board: BoardFile, span: Span): Promise<Found> {
  const variables = board.templating.list;
  const empty: string[] = [];
  const panels = board.panels.filter(({ type }) => type !== 'row');
  let queries = 0;
  for (const { title, targets = [] } of panels)
    for (const { refId, expr, instant } of targets) {
      const query = filled(expr, variables);
      const answer = instant ? await askNow(address, query) : await askRange(address, query, span);
      const why = emptiness(query, answer);
      queries += 1;
      if (why !== null) empty.push(`${name}: ${title}, ${refId}: ${why}: ${query}`);
    }
  const asked = variables.filter(({ type }) => type === 'query');
  for (const { name: variable, definition = '' } of asked)
    if ((await labelValues(address, definition)).length === 0)
      empty.push(`${name}: the variable ${variable}: no value`);
  const { list: markers } = board.annotations;
  const marks = await Promise.all(markers.map(({ target }) => askRange(address, filled(target.expr, variables), span)));
  return {
    panels: panels.length,
    queries,
    variables: asked.length,
    markers: markers.length,
    marks: marks.filter((answer) => answer.length > 0).length,
    empty,
  };
}
