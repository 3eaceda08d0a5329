import { bootstrap } from './bootstrap.ts';
import { readBootstrapConfig } from './config.ts';

/** How to tell Pulumi where the state is, and how its secrets are encrypted. */
export const { login, secretsProvider } = bootstrap(readBootstrapConfig());
