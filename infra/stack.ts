import { cloud } from './cloud.ts';
import type { Config } from './config/config.ts';
import { local } from './local.ts';

/** What only a stack on Google Cloud has; what is undefined the engine would complain of. */
const nothing = {
  cluster: null,
  registry: null,
  nameServers: null,
  egressAddresses: null,
  database: null,
  buckets: null,
} as const;

/** A stack where it is to be: on Google Cloud, or on a Kubernetes that is there. */
export function stack(config: Config) {
  return config.place === 'google' ? cloud(config) : { ...nothing, ...local(config) };
}
