import {
  AnnotationQueryBuilder,
  ConstantVariableBuilder,
  type Dashboard,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  RowBuilder,
  VariableRefresh,
  VariableSort,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { promql } from '../../alerts/index.ts';
import { type Marker, markers } from '../annotations.ts';
import type { Board, Panel, Variable } from '../board.ts';
import { PAGES, SOURCE, TAG, uidOf } from './names.ts';
import { panelOf } from './panel.ts';

const HEIGHT = 8;
const ROW = 24;
/** The classic model at its last version, which the files of Grafana 12 and 13 both may have. */
const SCHEMA_VERSION = 42;

/** A board in the classic model of Grafana, as its provisioning reads it from a file. */
export function dashboardOf(board: Board): Dashboard {
  const builder = new DashboardBuilder(board.title)
    .uid(uidOf(board.name))
    .description(board.purpose)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .tooltip(DashboardCursorSync.Crosshair)
    .time({ from: `now-${board.span}`, to: 'now' })
    .refresh('1m')
    .link(
      new DashboardLinkBuilder('Heliograph')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true),
    )
    .withVariable(new DatasourceVariableBuilder(SOURCE).label('Prometheus').type('prometheus'))
    .withVariable(new ConstantVariableBuilder(PAGES).label('Where runbooks/ is served').value(''));
  for (const one of board.variables) builder.withVariable(chosen(one));
  for (const one of markers) builder.annotation(marked(one));
  placed(board, builder);
  return { ...builder.build(), schemaVersion: SCHEMA_VERSION };
}

/** Numbers of panels by their names, as links to one panel need them. */
export function panelNumbers(board: Board): ReadonlyMap<Panel, number> {
  return new Map(board.rows.flatMap(({ panels }) => panels).map((panel, index) => [panel, index + 1]));
}

function placed(board: Board, builder: DashboardBuilder): void {
  const numbers = panelNumbers(board);
  let y = 0;
  for (const [index, row] of board.rows.entries()) {
    builder.withRow(new RowBuilder(row.question).id(100 + index).gridPos({ h: 1, w: ROW, x: 0, y }));
    y += 1;
    let x = 0;
    for (const panel of row.panels) {
      const w = panel.width ?? 8;
      if (x + w > ROW) {
        x = 0;
        y += HEIGHT;
      }
      const id = numbers.get(panel) ?? 0;
      builder.withPanel(panelOf(board.name, panel).id(id).gridPos({ h: HEIGHT, w, x, y }));
      x += w;
    }
    y += HEIGHT;
  }
}

function chosen({ name, title, of, label, first }: Variable): QueryVariableBuilder {
  const values = `label_values(${promql.print(of)}, ${label})`;
  const builder = new QueryVariableBuilder(name)
    .label(title)
    .datasource({ type: 'prometheus', uid: `\${${SOURCE}}` })
    .query({ query: values, refId: name })
    .definition(values)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc);
  if (first !== undefined) return builder.current({ text: first, value: first });
  return builder
    .multi(true)
    .includeAll(true)
    .allValue('.*')
    .current({ text: ['All'], value: ['$__all'] });
}

function marked({ name, of, text, colour }: Marker): AnnotationQueryBuilder {
  const expr = promql.print(of.node);
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource({ type: 'prometheus', uid: `\${${SOURCE}}` })
    .enable(true)
    .iconColor(colour)
    .titleFormat(name)
    .textFormat(text)
    .target(new DataqueryBuilder().refId('marks').expr(expr).range().interval('1m'));
}
