import { join } from 'node:path';
import type { ProgramOptions } from './run.ts';

/** A program that sets every option there is. */
export const fixture = {
  folder: join(import.meta.dirname, 'fixture'),
  entry: 'every-option.ts',
  project: 'fixture',
  stack: 'test',
  config: { 'fixture:password': 'a canary' },
  secretKeys: ['fixture:password'],
} as const satisfies ProgramOptions;
