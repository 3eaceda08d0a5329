import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Version of the program, as the package says. */
export const VERSION = (
  JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8')) as { version: string }
).version;
