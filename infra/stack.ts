import { cloud } from './cloud.ts';
import type { Config } from './config/config.ts';
import { local } from './local.ts';

type Outputs = Partial<Omit<ReturnType<typeof cloud>, 'next'>> & { readonly next: readonly string[] };

/** A stack where it is to be: on Google Cloud, or on a Kubernetes that is there. */
export function stack(config: Config): Outputs {
  return config.place === 'google' ? cloud(config) : local(config);
}
