import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import type {
  DashboardLink,
  DataTransformerConfig,
  DynamicConfigValue,
  GridPos,
  Panel,
  ThresholdsConfig,
  ValueMapping,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** What every kind of panel can be told. */
export interface PanelBuilder extends Builder<Panel> {
  id(id: number): this;
  gridPos(place: GridPos): this;
  title(title: string): this;
  description(description: string): this;
  links(links: Builder<DashboardLink>[]): this;
  datasource(source: { type: string; uid: string }): this;
  withTarget(target: Builder<Dataquery>): this;
  unit(unit: string): this;
  thresholds(thresholds: Builder<ThresholdsConfig>): this;
  mappings(mappings: ValueMapping[]): this;
  noValue(text: string): this;
  withTransformation(transformation: DataTransformerConfig): this;
  overrideByName(name: string, properties: DynamicConfigValue[]): this;
}
