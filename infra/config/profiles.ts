import type { Cidr } from '../arithmetic/cidr.ts';
import { type Sizes, sizes } from './sizes.ts';

/** What a kind of stack is, apart from what its operator fills in. Stacks differ in nothing else. */
export type Profile = {
  readonly description: string;
  /** On Google Cloud, with a cluster of its own; or on any Kubernetes that is there, with nothing of Google. */
  readonly place: 'google' | 'kubernetes';
  /** What ENVIRONMENT says to the service. Only staging and production let it listen beyond its own machine. */
  readonly environment: 'staging' | 'production';
  readonly sizes: Sizes;
  /** Where market data comes from, unless told otherwise. */
  readonly feed: 'simulated' | 'alpaca' | 'coinbase';
  /** Where all addresses of the network come from: different for each, so that two can be peered. */
  readonly addresses: Cidr;
  readonly cluster: 'standard' | 'autopilot';
  /** Whether disks, database, cache, secrets and buckets are encrypted with keys of our own. */
  readonly ownKeys: boolean;
  /** Whether data and what holds it refuse to be deleted until `unlock` is set. */
  readonly locked: boolean;
  /** Whether only signed images may run. */
  readonly signedImages: boolean;
  /** Days that logs are kept. */
  readonly logDays: number;
  /** Whether this stack stands by for another in a second region. */
  readonly recovery: boolean;
};

export type ProfileName = keyof typeof profiles;

const small = {
  place: 'google',
  environment: 'staging',
  sizes: sizes.small,
  feed: 'simulated',
  cluster: 'standard',
  ownKeys: false,
  locked: false,
  signedImages: false,
  logDays: 30,
  recovery: false,
} as const;

const whole = {
  ...small,
  environment: 'production',
  sizes: sizes.large,
  feed: 'alpaca',
  ownKeys: true,
  locked: true,
  signedImages: true,
  logDays: 400,
} as const;

export const profiles = {
  local: {
    ...small,
    place: 'kubernetes',
    description:
      'Any Kubernetes that is there, with a database and a cache of its own: to try things, not to keep them.',
    addresses: '10.0.0.0/14',
  },
  dev: { ...small, description: 'One developer or a few: one of each, nothing locked.', addresses: '10.4.0.0/14' },
  test: {
    ...small,
    description: 'Integration and acceptance: as dev, in a network of its own.',
    addresses: '10.8.0.0/14',
  },
  staging: {
    ...whole,
    description: 'As production, smaller: what passes here is what production gets.',
    environment: 'staging',
    sizes: sizes.medium,
    addresses: '10.12.0.0/14',
  },
  production: { ...whole, description: 'Three zones, everything twice, locked.', addresses: '10.16.0.0/14' },
  'production-autopilot': {
    ...whole,
    description: 'Production with nodes that Google runs: no pools of our own.',
    cluster: 'autopilot',
    addresses: '10.20.0.0/14',
  },
  dr: {
    ...whole,
    description:
      'The second region: network, replica of the database and copies of the backups, ready to become production.',
    recovery: true,
    addresses: '10.24.0.0/14',
  },
} as const satisfies Record<string, Profile>;
