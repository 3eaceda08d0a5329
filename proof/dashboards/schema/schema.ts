/** A kind of panel: its options, and what it adds to the configuration of a field. */
export type Kind<Type extends string, Options, Custom> = { type: Type; options: Options; custom: Custom };

/**
 * A dashboard in a file, from the types of one version of Grafana: what provisioning reads, and no other property. Written down here is
 * what Grafana reads and its types leave out: the markers and the variables of a data source, and what the data source is asked.
 */
export type BoardFile<Dashboard, Panel, FieldConfig, Row, Variable, Annotation, Kinds> = Plain<
  Omit<Dashboard, 'panels' | 'templating' | 'annotations' | 'uid' | 'title'> & {
    uid: string;
    title: string;
    panels: ((Omit<Row, 'panels'> & { panels: never[] }) | PanelOf<Panel, FieldConfig, Kinds>)[];
    templating: { list: (Variable & { definition?: string })[] };
    annotations: { list: (Omit<Annotation, 'target'> & { target: Target; titleFormat: string; textFormat: string })[] };
  }
>;

type PanelOf<Panel, FieldConfig, Kinds> =
  Kinds extends Kind<infer Type, infer Options, infer Custom>
    ? Omit<Panel, 'type' | 'options' | 'fieldConfig' | 'targets'> & {
        type: Type;
        options: Options;
        targets?: Target[];
        fieldConfig?: {
          defaults: Omit<FieldConfig, 'custom'> & { custom?: Custom };
          overrides: { matcher: { id: string; options?: unknown }; properties: { id: string; value?: unknown }[] }[];
        };
      }
    : never;

type Target = {
  refId: string;
  expr: string;
  range: boolean;
  instant: boolean;
  legendFormat?: string;
  interval?: string;
  exemplar?: boolean;
  format?: 'table' | 'heatmap' | 'time_series';
};

/** The same type for JSON, which has no enumerations but the texts that they stand for. */
type Plain<T> = unknown extends T
  ? T
  : T extends string
    ? `${T}`
    : T extends readonly (infer Item)[]
      ? Plain<Item>[]
      : T extends object
        ? { [Key in keyof T]: Plain<T[Key]> }
        : T;
