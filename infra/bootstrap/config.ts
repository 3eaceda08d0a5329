import { RunError, runtime } from '@pulumi/pulumi';
import { z } from 'zod';

/** In more than one region, so that the state outlives the loss of one: by the name of the bucket's location, where its key is. */
export const locations = { EU: 'europe', US: 'us', ASIA: 'asia' } as const;

const schema = z.strictObject({
  project: z.string().regex(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'expected the id of a project of Google Cloud'),
  projectNumber: z.string().regex(/^\d{6,14}$/, 'expected the number of the project, digits only'),
  location: z.enum(['EU', 'US', 'ASIA'], { error: 'expected EU, US or ASIA' }),
});

export type BootstrapConfig = z.infer<typeof schema>;

const PREFIX = 'heliograph-bootstrap:';

/** Throws an error that lists every mistake, which the engine prints without a stack trace. */
export function readBootstrapConfig(): BootstrapConfig {
  const given = Object.entries(runtime.allConfig()).flatMap(([key, value]) =>
    key.startsWith(PREFIX) ? [[key.slice(PREFIX.length), value] as const] : [],
  );
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const mistakes = parsed.error.issues.map(({ path, message }) => `  ${path.join('.')}: ${message}`);
  throw new RunError(`The place for the state cannot be made:\n${mistakes.join('\n')}`);
}
