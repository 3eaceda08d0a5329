import * as gcp from '@pulumi/gcp';
import { ComponentResource, type ComponentResourceOptions, type Input, type Output } from '@pulumi/pulumi';
import type { Config } from '../config/config.ts';
import { nameOf } from '../names.ts';
import type { Watcher, Workload } from './identity.ts';
import { guarded, within } from './options.ts';

/** Every secret: the variable that it becomes, who reads it, how often it is renewed. Their values are put in by hand, never by this program. */
export const secrets = {
  CURSOR_SECRET: { readers: ['api'], renewDays: 365 },
  // What was encrypted with an older version can be read with that one only: none is ever destroyed.
  BACKUP_KEY: { readers: ['pipeline', 'worker'], renewDays: 365 },
  ALPACA_API_KEY: { readers: ['pipeline'], renewDays: 90 },
  ALPACA_SECRET_KEY: { readers: ['pipeline'], renewDays: 90 },
  SYNTHETIC_API_KEY: { readers: ['synthetic'], renewDays: 90 },
} as const satisfies Record<string, { readers: readonly (Workload | Watcher)[]; renewDays: number }>;

/**
 * Those that are copied into the backups, encrypted: what nobody could give us again. Keys of venues and of channels their owners issue anew,
 * and a copy would only be one more place to lose them from; BACKUP_KEY is kept apart from what it encrypts.
 */
export const backedUp = ['CURSOR_SECRET'] as const satisfies readonly SecretName[];

export type SecretName = keyof typeof secrets;

/** A secret that a pod of Alertmanager finds in a file of this name. */
export type MountedSecret = { readonly id: Output<string>; readonly file: string };

/** A place in Secret Manager: what it holds is nowhere in this program or its state. */
export type SecretPlace = { readonly id: Output<string>; readonly variable: SecretName };

export type SecretsArgs = {
  readonly stack: string;
  /** Where copies are, each with the key that encrypts it. */
  readonly replicas: readonly { readonly region: string; readonly key: Input<string> | undefined }[];
  /** The secrets that this stack needs. */
  readonly needed: readonly SecretName[];
  /** The files that Alertmanager reads. */
  readonly mounted: readonly string[];
  /** Who copies those that are backed up; undefined where nobody does. */
  readonly keeper: Workload | undefined;
  readonly members: (workload: Workload | Watcher) => Output<string>;
  readonly locked: boolean;
};

/** The secrets that a stack has a place for, by where its data comes from and whether a subscriber of our own follows it. */
export function secretsOf(config: Pick<Config, 'feed' | 'synthetic'>): readonly SecretName[] {
  return [...neededFirst(config), ...(config.synthetic ? (['SYNTHETIC_API_KEY'] as const) : [])];
}

/** Those without which the service does not start. The key of the subscriber is made by the service when it runs. */
export function neededFirst({ feed }: Pick<Config, 'feed'>): readonly SecretName[] {
  const always = ['CURSOR_SECRET', 'BACKUP_KEY'] as const;
  return feed === 'alpaca' ? [...always, 'ALPACA_API_KEY', 'ALPACA_SECRET_KEY'] : always;
}

/** Where copies of secrets are: at home, and in the second region where the stack has one. */
export function replicasOf(
  { region, recoveryRegion }: Pick<Config, 'region' | 'recoveryRegion'>,
  key: Input<string> | undefined,
  keyElsewhere: Input<string> | undefined,
): SecretsArgs['replicas'] {
  return [{ region, key }, ...(recoveryRegion === undefined ? [] : [{ region: recoveryRegion, key: keyElsewhere }])];
}

const DAY = 86_400;
const ALERTS_RENEW_DAYS = 365;

/** What Secret Manager calls it. */
export const secretPath = (project: string, stack: string, variable: SecretName) =>
  `projects/${project}/secrets/${secretId(stack, variable)}`;

const secretId = (stack: string, variable: string) => nameOf(stack, variable.toLowerCase().replaceAll('_', '-'));

/** The secrets of a stack and who may read them. */
export class Secrets extends ComponentResource {
  readonly places: readonly SecretPlace[];
  readonly mounted: readonly MountedSecret[];

  constructor(name: string, args: SecretsArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Secrets', name, {}, options);
    const child = { parent: this };
    const replicas = args.replicas.map(({ region, key }) => ({
      location: region,
      ...(key === undefined ? {} : { customerManagedEncryption: { kmsKeyName: key } }),
    }));
    const keep = (what: string, id: string, renewDays: number, readers: readonly (Workload | Watcher)[]) => {
      const place = new gcp.secretmanager.Secret(
        `${name}-${what}`,
        {
          secretId: id,
          replication: { userManaged: { replicas } },
          labels: { 'renew-days': String(renewDays) },
          // A version that was destroyed by mistake can be brought back for a week.
          versionDestroyTtl: `${7 * DAY}s`,
          deletionProtection: args.locked,
        },
        guarded(child, args.locked),
      );
      for (const workload of readers) {
        const grant = {
          secretId: place.secretId,
          role: 'roles/secretmanager.secretAccessor',
          member: args.members(workload),
        };
        new gcp.secretmanager.SecretIamMember(`${name}-${what}-${workload}`, grant, within(child, place));
      }
      return place.secretId;
    };
    this.places = args.needed.map((variable) => {
      const { readers, renewDays } = secrets[variable];
      const isCopied = backedUp.some((one) => one === variable) && args.keeper !== undefined;
      const all = isCopied ? [...readers, args.keeper] : readers;
      return { id: keep(variable, secretId(args.stack, variable), renewDays, all), variable };
    });
    this.mounted = args.mounted.map((file) => {
      const id = keep(`alerts-${file}`, nameOf(args.stack, 'alerts', file), ALERTS_RENEW_DAYS, ['alertmanager']);
      return { id, file };
    });
    this.registerOutputs({});
  }
}
