import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../dashboards/generated');

/** A dashboard as Grafana reads it from its file, as far as we look at it. */
export type BoardFile = {
  readonly title: string;
  readonly description: string;
  readonly uid: string;
  readonly panels: readonly PanelFile[];
  readonly templating: { readonly list: readonly VariableFile[] };
  readonly annotations: { readonly list: readonly MarkerFile[] };
};

export type PanelFile = {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly links?: readonly { readonly title: string; readonly url: string }[];
  readonly targets?: readonly TargetFile[];
  readonly options?: { readonly content?: string };
  readonly fieldConfig?: {
    readonly defaults: {
      readonly unit?: string;
      readonly custom?: { readonly drawStyle?: string };
      readonly thresholds?: { readonly steps: readonly { readonly value: number | null; readonly color: string }[] };
      readonly mappings?: readonly {
        readonly options: Readonly<Record<string, { readonly text: string; readonly color: string }>>;
      }[];
    };
    readonly overrides: readonly {
      readonly matcher: { readonly options: string };
      readonly properties: readonly { readonly id: string; readonly value: string }[];
    }[];
  };
};

export type TargetFile = {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant: boolean;
};

export type VariableFile = {
  readonly name: string;
  readonly type: string;
  readonly definition?: string;
  readonly allValue?: string;
  readonly current?: { readonly value: string | readonly string[] };
};

export type MarkerFile = {
  readonly name: string;
  readonly iconColor: string;
  readonly textFormat: string;
  readonly target: TargetFile;
};

/** The text of every generated dashboard, by the name of its file. */
export async function boardTexts(): Promise<Record<string, string>> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
  return Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const)),
  );
}

/** A query with the values that the dashboard has when it is opened. */
export function filled(expr: string, variables: readonly VariableFile[]): string {
  return expr.replace(/\$(\w+)/g, (text, name: string) => {
    const variable = variables.find((one) => one.name === name);
    if (!variable) throw new Error(`${text} is no variable of the dashboard`);
    const value = [variable.current?.value ?? ''].flat()[0] ?? '';
    return value === '$__all' ? (variable.allValue ?? '') : value;
  });
}
