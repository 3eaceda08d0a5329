import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Output } from '@pulumi/pulumi';
import { nameOf } from '../names.ts';
import { guarded } from './options.ts';
import type { AgentOf } from './services.ts';

/** One key for each kind of thing, so that taking one away takes nothing else. */
export const purposes = [
  'cluster',
  'nodes',
  'database',
  'cache',
  'secrets',
  'storage',
  'registry',
  'backups',
  'events',
] as const;
export type Purpose = (typeof purposes)[number] | 'logs';

export type KeysArgs<P extends Purpose> = {
  /** Those that are needed in this region. */
  readonly purposes: readonly P[];
  readonly stack: string;
  readonly region: string;
  readonly projectNumber: string;
  /** As whom Cloud Logging encrypts, where it does by a key of ours: the only agent that no call makes. */
  readonly loggingAccount?: string | undefined;
  readonly agents: Readonly<Record<AgentOf, Output<string>>>;
  readonly locked: boolean;
};

const DAY = 86_400;
const seconds = (days: number) => `${days * DAY}s`;

/** Keys of our own. Google's services encrypt with them in our name, and stop when they are taken away. */
export class Keys<P extends Purpose> extends ComponentResource {
  /** Id of each key, once those who use it may. */
  readonly ids: Readonly<Record<P, Output<string>>>;

  constructor(name: string, args: KeysArgs<P>, options: ComponentResourceOptions) {
    super('heliograph:google:Keys', name, {}, options);
    const child = { parent: this };
    const ring = new gcp.kms.KeyRing(
      name,
      { name: nameOf(args.stack), location: args.region },
      guarded(child, args.locked),
    );
    const users = usersOf(args);

    const ids = args.purposes.map((purpose) => {
      const key = new gcp.kms.CryptoKey(
        `${name}-${purpose}`,
        { name: purpose, keyRing: ring.id, rotationPeriod: seconds(90), destroyScheduledDuration: seconds(30) },
        guarded(child, args.locked),
      );
      const grant = new gcp.kms.CryptoKeyIAMMember(
        `${name}-${purpose}`,
        { cryptoKeyId: key.id, role: 'roles/cloudkms.cryptoKeyEncrypterDecrypter', member: users[purpose] },
        { ...child, deletedWith: key },
      );
      // Through the grant: what is encrypted with the key waits until its service may use it.
      return [purpose, grant.cryptoKeyId] as const;
    });
    this.ids = Object.fromEntries(ids) as Record<P, Output<string>>;
    this.registerOutputs({});
  }
}

function usersOf({
  agents,
  projectNumber,
  loggingAccount,
}: Pick<KeysArgs<Purpose>, 'agents' | 'projectNumber' | 'loggingAccount'>): Readonly<
  Record<Purpose, Output<string> | string>
> {
  const robot = (service: string) => `serviceAccount:service-${projectNumber}@${service}.iam.gserviceaccount.com`;
  return {
    cluster: robot('container-engine-robot'),
    nodes: robot('compute-system'),
    database: agents.sqladmin,
    cache: agents.memorystore,
    secrets: agents.secretmanager,
    storage: robot('gs-project-accounts'),
    registry: agents.artifactregistry,
    backups: agents.gkebackup,
    events: agents.pubsub,
    logs: `serviceAccount:${loggingAccount}`,
  };
}
