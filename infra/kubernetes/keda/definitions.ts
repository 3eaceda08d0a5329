import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const definition = z.looseObject({
  apiVersion: z.literal('apiextensions.k8s.io/v1'),
  kind: z.literal('CustomResourceDefinition'),
  metadata: z.object({ name: z.string() }),
  spec: z.looseObject({}),
});

export type Definition = z.infer<typeof definition>;

/** Written by `npm run infra:definitions` out of the module that tools/crds pins. */
export const FILE = join(import.meta.dirname, 'definitions.yaml');

/** The kinds that KEDA brings. */
export function definitions(): readonly Definition[] {
  return z.array(definition).parse(parse(readFileSync(FILE, 'utf8')));
}
