import type { ComponentResourceOptions, Output } from '@pulumi/pulumi';
import type { Config } from '../config/config.ts';
import { Keys, type Purpose, purposes } from './keys.ts';
import type { ProjectServices } from './services.ts';

/** The keys of a stack, by what they encrypt; none where Google's own do. */
export type KeySet = { readonly [P in Purpose]?: Output<string> };

/** A key encrypts only what is in its own region: these are for what is kept in the other one. */
const elsewhere = ['secrets', 'backups'] as const satisfies readonly Purpose[];

export function homeKeys(config: Config, agents: ProjectServices['agents'], options: ComponentResourceOptions): KeySet {
  const { stack, region, projectNumber, loggingAccount, ownKeys, locked } = config;
  if (!ownKeys || projectNumber === undefined) return {};
  const all: readonly Purpose[] = loggingAccount === undefined ? purposes : [...purposes, 'logs'];
  return new Keys('keys', { purposes: all, stack, region, projectNumber, loggingAccount, agents, locked }, options).ids;
}

export function recoveryKeys(
  config: Config,
  agents: ProjectServices['agents'],
  options: ComponentResourceOptions,
): KeySet {
  const { stack, recoveryRegion: region, projectNumber, ownKeys, locked } = config;
  if (!ownKeys || projectNumber === undefined || region === undefined) return {};
  return new Keys('keys-elsewhere', { purposes: elsewhere, stack, region, projectNumber, agents, locked }, options).ids;
}
