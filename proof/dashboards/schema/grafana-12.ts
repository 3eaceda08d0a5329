import type * as levels from 'grafana-schema-12/dist/esm/raw/composable/bargauge/panelcfg/x/BarGaugePanelCfg_types.gen';
import type * as heatmap from 'grafana-schema-12/dist/esm/raw/composable/heatmap/panelcfg/x/HeatmapPanelCfg_types.gen';
import type * as number from 'grafana-schema-12/dist/esm/raw/composable/stat/panelcfg/x/StatPanelCfg_types.gen';
import type * as states from 'grafana-schema-12/dist/esm/raw/composable/statetimeline/panelcfg/x/StateTimelinePanelCfg_types.gen';
import type * as table from 'grafana-schema-12/dist/esm/raw/composable/table/panelcfg/x/TablePanelCfg_types.gen';
import type * as words from 'grafana-schema-12/dist/esm/raw/composable/text/panelcfg/x/TextPanelCfg_types.gen';
import type * as lines from 'grafana-schema-12/dist/esm/raw/composable/timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen';
import type * as dashboard from 'grafana-schema-12/dist/esm/raw/dashboard/x/Dashboard_types.gen';
import type { BoardFile, Kind } from './schema.ts';

/** A file of Grafana 12, by the types that it publishes. */
export type Board12 = BoardFile<
  dashboard.Dashboard,
  dashboard.Panel,
  dashboard.FieldConfig,
  dashboard.RowPanel,
  dashboard.VariableModel,
  dashboard.AnnotationQuery,
  | Kind<'timeseries', lines.Options, lines.FieldConfig>
  | Kind<'stat', number.Options, object>
  | Kind<'table', table.Options, table.FieldConfig>
  | Kind<'state-timeline', states.Options, states.FieldConfig>
  | Kind<'heatmap', heatmap.Options, heatmap.FieldConfig>
  | Kind<'bargauge', levels.Options, object>
  | Kind<'text', words.Options, object>
>;
