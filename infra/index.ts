import { readConfig } from './config/read.ts';
import { stack } from './stack.ts';

const config = readConfig();

/** What an operator needs to know of the stack, and what to do next. */
export const { cluster, registry, nameServers, egressAddresses, database, buckets, next } = stack(config);
