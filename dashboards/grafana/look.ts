import { PanelBuilder as LevelsBuilder } from '@grafana/grafana-foundation-sdk/bargauge';
import {
  BarGaugeDisplayMode,
  BigValueColorMode,
  BigValueGraphMode,
  GraphDrawStyle,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TableCellDisplayMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizOrientation,
  VizTooltipOptionsBuilder,
} from '@grafana/grafana-foundation-sdk/common';
import { FieldColorBuilder, FieldColorModeId } from '@grafana/grafana-foundation-sdk/dashboard';
import {
  PanelBuilder as HeatmapBuilder,
  HeatmapColorMode,
  HeatmapColorOptionsBuilder,
  YAxisConfigBuilder,
} from '@grafana/grafana-foundation-sdk/heatmap';
import { PanelBuilder as NumberBuilder } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as StatesBuilder } from '@grafana/grafana-foundation-sdk/statetimeline';
import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { TextMode, PanelBuilder as WordsBuilder } from '@grafana/grafana-foundation-sdk/text';
import { PanelBuilder as LinesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { type Chart, type Panel, UNITS } from '../board.ts';
import type { PanelBuilder } from './builder.ts';

/** A panel of its kind without anything in it. */
export function lookOf(panel: Panel): PanelBuilder {
  switch (panel.as) {
    case 'words':
      return new WordsBuilder().mode(TextMode.Markdown).content(panel.markdown);
    case 'lines':
      return timeSeries().drawStyle(GraphDrawStyle.Line).fillOpacity(8);
    case 'bars':
      return timeSeries()
        .drawStyle(GraphDrawStyle.Bars)
        .fillOpacity(70)
        .stacking(new StackingConfigBuilder().mode(StackingMode.Normal).group('A'));
    case 'number':
      return new NumberBuilder()
        .colorMode(BigValueColorMode.Value)
        .graphMode(BigValueGraphMode.None)
        .reduceOptions(last())
        .colorScheme(byThreshold());
    case 'levels':
      return new LevelsBuilder()
        .displayMode(BarGaugeDisplayMode.Basic)
        .orientation(VizOrientation.Horizontal)
        .reduceOptions(last())
        .min(0)
        .colorScheme(byThreshold());
    case 'table':
      return new TableBuilder().cellOptions({ type: TableCellDisplayMode.Auto });
    case 'states':
      return new StatesBuilder()
        .showValue(VisibilityMode.Auto)
        .mergeValues(true)
        .fillOpacity(70)
        .rowHeight(0.8)
        .legend(legend())
        .colorScheme(byThreshold());
    case 'heatmap':
      return heatmap(panel);
  }
}

function timeSeries(): LinesBuilder {
  return new LinesBuilder()
    .showPoints(VisibilityMode.Never)
    .lineWidth(1)
    .axisSoftMin(0)
    .legend(legend())
    .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending))
    .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(GraphThresholdsStyleMode.Dashed))
    .colorScheme(new FieldColorBuilder().mode(FieldColorModeId.PaletteClassic));
}

function heatmap({ unit }: Chart): HeatmapBuilder {
  return new HeatmapBuilder()
    .calculate(false)
    .color(new HeatmapColorOptionsBuilder().mode(HeatmapColorMode.Scheme).scheme('Blues').steps(64))
    .yAxis(new YAxisConfigBuilder().unit(UNITS[unit]));
}

function legend(): VizLegendOptionsBuilder {
  return new VizLegendOptionsBuilder()
    .displayMode(LegendDisplayMode.List)
    .placement(LegendPlacement.Bottom)
    .showLegend(true)
    .calcs([]);
}

function last(): ReduceDataOptionsBuilder {
  return new ReduceDataOptionsBuilder().values(false).calcs(['lastNotNull']).fields('');
}

function byThreshold(): FieldColorBuilder {
  return new FieldColorBuilder().mode(FieldColorModeId.Thresholds);
}
