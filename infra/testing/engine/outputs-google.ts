import type { JsonObject } from './values.ts';

export const google: Readonly<
  Record<string, (inputs: JsonObject, logicalName: string) => { id?: string; outputs?: JsonObject }>
> = {};
