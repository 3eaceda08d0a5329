import {
  DashboardLinkBuilder,
  DashboardLinkType,
  MappingType,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  type ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { DataqueryBuilder, PromQueryFormat } from '@grafana/grafana-foundation-sdk/prometheus';
import { type Dashboard, pageOf, promql } from '../../alerts/index.ts';
import { type Chart, type Panel, UNITS } from '../board.ts';
import { type Line, linesOf } from '../limits.ts';
import { pagesOf } from '../pages.ts';
import type { PanelBuilder } from './builder.ts';
import { lookOf } from './look.ts';
import { PAGES, SOURCE } from './names.ts';

const COLOURS = { page: 'red', ticket: 'orange', info: 'blue', heartbeat: 'blue' } as const;
const GOOD = 'green';

/** A panel with its queries, its lines and the pages that explain it; where it stands is for others to say. */
export function panelOf(board: Dashboard, panel: Panel): PanelBuilder {
  const builder = lookOf(panel)
    .title(panel.title)
    .description(panel.description)
    .links(pagesOf(`${board}/${panel.id}`, panel.helps).map(pageLink));
  return panel.as === 'words' ? builder : filled(board, panel, builder);
}

function filled(board: Dashboard, panel: Chart, builder: PanelBuilder): PanelBuilder {
  builder
    .datasource({ type: 'prometheus', uid: `\${${SOURCE}}` })
    .unit(UNITS[panel.unit])
    .thresholds(thresholds(board, panel))
    .noValue('no series');
  for (const [index, { of, legend }] of panel.queries.entries())
    builder.withTarget(target(panel.as, refId(index)).expr(promql.print(of.node)).legendFormat(legend));
  if (panel.meaning) builder.mappings([meaningOf(panel.meaning)]);
  if (panel.as === 'table') asTable(panel, builder);
  return builder;
}

function target(as: Chart['as'], id: string): DataqueryBuilder {
  const query = new DataqueryBuilder().refId(id);
  if (as === 'table') return query.instant().format(PromQueryFormat.Table);
  if (as === 'heatmap') return query.range().format(PromQueryFormat.Heatmap);
  if (as === 'levels' || as === 'number') return query.instant();
  return query.range().exemplar(as === 'lines');
}

function thresholds(board: Dashboard, { id, unit, redBelow }: Chart): ThresholdsConfigBuilder {
  const lines: readonly Pick<Line, 'value' | 'severity' | 'trouble'>[] =
    redBelow === undefined
      ? linesOf(`${board}/${id}`, unit)
      : [{ value: redBelow, severity: 'page', trouble: 'below' }];
  const colours = lines.map(({ severity }) => COLOURS[severity]);
  const below = lines[0]?.trouble === 'below';
  // A step colours what lies above it: trouble below a line is the colour of the step before.
  const [base, ...rest] = below ? [...colours, GOOD] : [GOOD, ...colours];
  return new ThresholdsConfigBuilder()
    .mode(ThresholdsMode.Absolute)
    .steps([
      { value: null, color: base ?? GOOD },
      ...lines.map(({ value }, index) => ({ value, color: rest[index] ?? GOOD })),
    ]);
}

function meaningOf(meaning: NonNullable<Chart['meaning']>): ValueMapping {
  return {
    type: MappingType.ValueToText,
    options: Object.fromEntries(
      Object.entries(meaning).map(([value, { text, colour }], index) => [value, { text, color: colour, index }]),
    ),
  };
}

/** The columns of all queries in one table, by the labels that they share. */
function asTable(panel: Chart, builder: PanelBuilder): void {
  const named = panel.queries.map(({ legend }, index) => [`Value #${refId(index)}`, legend] as const);
  // One query has its values in a column without its letter.
  const names = Object.fromEntries(named.length === 1 ? [['Value', panel.queries[0]?.legend ?? '']] : named);
  builder.withTransformation({ id: 'merge', options: {} });
  builder.withTransformation({
    id: 'organize',
    options: { excludeByName: { Time: true, __name__: true }, indexByName: {}, renameByName: names },
  });
  for (const { legend, unit } of panel.queries)
    if (unit) builder.overrideByName(legend, [{ id: 'unit', value: UNITS[unit] }]);
}

function pageLink(name: string): DashboardLinkBuilder {
  return new DashboardLinkBuilder(name)
    .type(DashboardLinkType.Link)
    .url(`\${${PAGES}}/${pageOf({ name })}`)
    .targetBlank(true);
}

function refId(index: number): string {
  return String.fromCharCode('A'.charCodeAt(0) + index);
}
