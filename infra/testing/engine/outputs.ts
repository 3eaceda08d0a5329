import { google } from './outputs-google.ts';
import { isObject, type Json, type JsonObject } from './values.ts';

/** What the cloud adds to the inputs of a resource: its id and the outputs that the program uses. */
export type Computed = { readonly id: string; readonly outputs: JsonObject };

/** Plausible in form, equal in every run. */
export function computedOf(type: string, logicalName: string, inputs: JsonObject): Computed {
  if (type.startsWith('pulumi:providers:')) return { id: '00000000-0000-4000-8000-000000000000', outputs: {} };
  if (type.startsWith('kubernetes:')) return kubernetes(inputs);
  const named: JsonObject = { name: `${logicalName}-0000000`, ...inputs };
  const known = google[type]?.(named, logicalName);
  return {
    id: known?.id ?? `${type}/${textOf(named, 'name')}`,
    outputs: { name: textOf(named, 'name'), ...known?.outputs },
  };
}

/** An input as text. */
function textOf(inputs: JsonObject, name: string): string {
  const value: Json | undefined = inputs[name];
  return typeof value === 'string' ? value : '';
}

function kubernetes(inputs: JsonObject): Computed {
  const metadata: Json = inputs['metadata'] ?? {};
  const { namespace, name } = isObject(metadata) ? metadata : {};
  return { id: [namespace, name].filter((part) => typeof part === 'string').join('/'), outputs: {} };
}
