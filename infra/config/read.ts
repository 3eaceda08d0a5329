import { getStack, RunError, runtime } from '@pulumi/pulumi';
import { product } from '../names.ts';
import type { Config } from './config.ts';
import { ConfigError, parseConfig } from './parse.ts';

/** The configuration of the stack that is being made. Throws an error that lists every mistake, which the engine prints without a stack trace. */
export function readConfig(): Config {
  const prefix = `${product}:`;
  const ours = Object.entries(runtime.allConfig()).filter(([key]) => key.startsWith(prefix));
  const given = Object.fromEntries(ours.map(([key, value]) => [key.slice(prefix.length), value]));
  try {
    return parseConfig(getStack(), given);
  } catch (error) {
    throw error instanceof ConfigError ? new RunError(error.message) : error;
  }
}
