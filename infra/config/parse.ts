import type { Config } from './config.ts';
import { type ProfileName, profiles } from './profiles.ts';
import { objections } from './rules.ts';
import { alertChannels, type Given, schema } from './schema.ts';
import type { DeployedRole, NodeSizes, Sizes } from './sizes.ts';

/** All mistakes of a configuration, in one message. */
export class ConfigError extends Error {
  readonly mistakes: readonly string[];

  constructor(stack: string, mistakes: readonly string[]) {
    super(`Stack "${stack}" cannot be made:\n${mistakes.map((mistake) => `  ${mistake}`).join('\n')}`);
    this.name = 'ConfigError';
    this.mistakes = mistakes;
  }
}

/** Turns what Pulumi.STACK.yaml says under `heliograph:` into a configuration. Throws a ConfigError that lists every mistake. */
export function parseConfig(stack: string, given: Readonly<Record<string, string>>): Config {
  const parsed = schema.safeParse(given);
  const wrong = parsed.success ? [] : parsed.error.issues.flatMap((issue) => describe(issue, given));
  // What could be read is looked at all the same, so that all mistakes are told together.
  const values = parsed.success ? parsed.data : readable(given);
  const name = values.profile ?? stack;
  if (!isProfile(name)) {
    const expected = `profile is missing, expected one of ${Object.keys(profiles).join(', ')} because the stack is named after none`;
    throw new ConfigError(stack, [...wrong, ...('profile' in given ? [] : [expected])]);
  }

  const config = merge(stack, name, values);
  const mistakes = [...wrong, ...objections(config, values, new Set(Object.keys(given)))];
  if (mistakes.length > 0) throw new ConfigError(stack, mistakes);
  return config;
}

function merge(stack: string, name: ProfileName, given: Given): Config {
  const { description: _description, ...profile } = profiles[name];
  const { authIssuer: issuer, authAudience: audience, authJwksUrl: jwksUrl } = given;
  const { billingAccount, monthlyBudget, projectNumber } = given;
  const region = given.region ?? '';
  return {
    ...profile,
    stack,
    profile: name,
    sizes: sizesOf(profile.sizes, given),
    locked: profile.locked && given.unlock !== true,
    keepsPlatform: profile.locked,
    project: given.project ?? '',
    projectNumber,
    region,
    zones: ['a', 'b', 'c'].map((letter) => `${region}-${letter}`),
    recoveryRegion: given.recoveryRegion,
    domain: given.domain ?? '',
    image: given.image,
    proxyImage: given.proxyImage,
    feed: given.feed ?? profile.feed,
    auth: issuer && audience && jwksUrl ? { issuer, audience, jwksUrl } : undefined,
    operators: given.operators,
    symbols: given.symbols,
    databaseInstance: given.databaseInstance,
    loggingAccount: given.loggingAccount,
    alertEmail: given.alertEmail,
    mail: given.mail,
    alertChannels: given.alertChannels ?? alertChannels,
    context: given.context,
    images: given.images ?? {},
    budget:
      billingAccount && monthlyBudget && projectNumber
        ? { account: billingAccount, amount: monthlyBudget, projectNumber }
        : undefined,
    attestationKey: given.attestationKey,
    gpu: given.gpu,
    repository: given.repository,
    pages: given.pages ?? (given.repository === undefined ? '' : `https://github.com/${given.repository}/blob/main`),
    tracesUrl: given.tracesUrl,
    synthetic: given.synthetic ?? false,
    primaryStack: given.primaryStack ?? 'production',
    topology: given.topology ?? 'replica',
  };
}

function sizesOf(sizes: Sizes, given: Given): Sizes {
  const { api, pipeline, worker, synthetic } = sizes.workloads;
  const workloads = { api, pipeline, worker, synthetic } satisfies Record<DeployedRole, unknown>;
  return {
    workloads: overlay(workloads, given.workloads ?? {}),
    database: overlay({ it: sizes.database }, { it: given.database }).it,
    cache: sizes.cache,
    nodes: overlay<NodeSizes>(sizes.nodes, given.nodes ?? {}),
    watchers: sizes.watchers,
  };
}

/** Each entry with what was said about it, and nothing else. */
function overlay<T extends Readonly<Record<string, object>>>(
  base: T,
  over: Readonly<Record<string, object | undefined>>,
): T {
  return Object.fromEntries(Object.entries(base).map(([name, value]) => [name, { ...value, ...over[name] }])) as T;
}

type Issue = {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly message: string;
  readonly keys?: readonly string[];
};

function describe(issue: Issue, given: Readonly<Record<string, string>>): string[] {
  const path = issue.path.map(String).join('.');
  if (issue.code === 'unrecognized_keys') {
    return (issue.keys ?? []).map((key) => `${[path, key].filter(Boolean).join('.')} is no key of the configuration`);
  }
  const value = given[String(issue.path[0])] ?? '';
  const shown = issue.path.length > 1 ? 'wrong' : JSON.stringify(value.length > 64 ? `${value.slice(0, 63)}…` : value);
  return [`${path} is ${shown}, expected ${issue.message}`];
}

function readable(given: Readonly<Record<string, string>>): Given {
  const known = Object.entries(schema.shape).flatMap(([key, kind]) => {
    const value = kind.safeParse(given[key]);
    return value.success && value.data !== undefined ? [[key, value.data]] : [];
  });
  return Object.fromEntries(known) as Given;
}

function isProfile(name: string): name is ProfileName {
  return Object.hasOwn(profiles, name);
}
