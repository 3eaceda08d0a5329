import * as gcp from '@pulumi/gcp';
import {
  ComponentResource,
  type ComponentResourceOptions,
  type Input,
  type Output,
  type Resource,
} from '@pulumi/pulumi';
import type { DatabaseSize } from '../config/sizes.ts';
import { nameOf, database as names } from '../names.ts';
import { administrator, flagsOf } from './database-flags.ts';
import { weekly } from './maintenance.ts';
import { type Child, guarded, within } from './options.ts';

export type DatabaseArgs = {
  readonly stack: string;
  readonly project: string;
  readonly region: string;
  readonly size: DatabaseSize;
  readonly network: Input<string>;
  /** Must be there before an instance can have an address in the network. */
  readonly serviceConnections: readonly Resource[];
  readonly key: Input<string> | undefined;
  /** Where backups are kept. */
  readonly backupLocation: string;
  /** Addresses of the accounts that may connect; each gets a user of the database. */
  readonly users: Readonly<Record<string, Output<string>>>;
  /** Where it is another than the one that the stack is named for: one that was restored, and has taken its place. */
  readonly name: string | undefined;
  /** The instance that this one follows, in a stack that stands by. */
  readonly follows: string | undefined;
  /** Whether it has followed another before: what that one held, it holds. */
  readonly promoted: boolean;
  readonly locked: boolean;
};

/** PostgreSQL 18, reached only from inside the network and only by who has an identity: no user of it has a password. */
export class Database extends ComponentResource {
  readonly instance: gcp.sql.DatabaseInstance;
  /** What the proxy connects to: project:region:instance. */
  readonly connectionName: Output<string>;

  constructor(name: string, args: DatabaseArgs, options: ComponentResourceOptions) {
    super('heliograph:google:Database', name, {}, options);
    const child = { parent: this };
    this.instance = instance(name, args.name ?? nameOf(args.stack, 'database'), primarySettings(args), args, child);
    for (let index = 0; index < args.size.readReplicas; index++) {
      const settings = { ...replicaSettings(args), masterInstanceName: this.instance.name };
      instance(`${name}-replica-${index}`, nameOf(args.stack, 'replica', String(index)), settings, args, child);
    }
    // A replica has the databases and users of what it follows.
    if (args.follows === undefined) contents(name, this.instance, args, child);
    this.connectionName = this.instance.connectionName;
    this.registerOutputs({ connectionName: this.connectionName });
  }
}

type Settings = Omit<gcp.sql.DatabaseInstanceArgs, 'databaseVersion' | 'name'>;

function instance(logicalName: string, name: string, settings: Settings, args: DatabaseArgs, child: Child) {
  return new gcp.sql.DatabaseInstance(
    logicalName,
    {
      name,
      databaseVersion: 'POSTGRES_18',
      region: args.region,
      deletionProtection: args.locked,
      ...(args.key === undefined ? {} : { encryptionKeyName: args.key }),
      ...settings,
    },
    {
      ...guarded(child, args.locked),
      // The disk grows by itself; setting it back would make the instance anew.
      ignoreChanges: ['settings.diskSize'],
      dependsOn: [...args.serviceConnections],
      customTimeouts: { create: '60m', update: '60m', delete: '60m' },
    },
  );
}

function primarySettings(args: DatabaseArgs): Settings {
  const { size, locked, follows, backupLocation } = args;
  if (follows !== undefined) return { ...replicaSettings(args), masterInstanceName: follows };
  return {
    finalBackupDescription: `The last of ${nameOf(args.stack, 'database')}`,
    settings: {
      ...common(args),
      availabilityType: size.highlyAvailable ? 'REGIONAL' : 'ZONAL',
      retainBackupsOnDelete: true,
      finalBackupConfig: { enabled: locked, ...(locked ? { retentionDays: 30 } : {}) },
      backupConfiguration: {
        enabled: true,
        startTime: '04:00',
        location: backupLocation,
        pointInTimeRecoveryEnabled: true,
        transactionLogRetentionDays: size.logDays,
        backupRetentionSettings: { retainedBackups: size.backups, retentionUnit: 'COUNT' },
      },
    },
  };
}

function replicaSettings(args: DatabaseArgs): Settings {
  return { settings: { ...common(args), availabilityType: 'ZONAL' } };
}

function common({ size, network, project, locked }: DatabaseArgs) {
  return {
    // Always together: without an edition the cloud picks one that refuses the tier.
    edition: size.edition,
    tier: size.tier,
    diskType: 'PD_SSD',
    diskSize: size.disk,
    diskAutoresize: true,
    diskAutoresizeLimit: size.maxDisk,
    deletionProtectionEnabled: locked,
    connectorEnforcement: 'REQUIRED',
    databaseFlags: flagsOf(size.connections),
    maintenanceWindow: weekly.database,
    insightsConfig: {
      queryInsightsEnabled: true,
      queryStringLength: 1024,
      queryPlansPerMinute: 5,
      recordApplicationTags: true,
      recordClientAddress: false,
    },
    ipConfiguration: {
      ipv4Enabled: false,
      sslMode: 'TRUSTED_CLIENT_CERTIFICATE_REQUIRED',
      serverCaMode: 'GOOGLE_MANAGED_CAS_CA',
      serverCertificateRotationMode: 'AUTOMATIC_ROTATION_DURING_MAINTENANCE',
      pscConfigs: [
        {
          pscEnabled: true,
          allowedConsumerProjects: [project],
          pscAutoDnsEnabled: true,
          pscAutoConnections: [{ consumerNetwork: network, consumerServiceProjectId: project }],
        },
      ],
    },
  };
}

function contents(name: string, holder: gcp.sql.DatabaseInstance, args: DatabaseArgs, child: Child): void {
  const { users, locked, promoted } = args;
  if (!promoted) {
    new gcp.sql.Database(
      name,
      { name: names.name, instance: holder.name, charset: 'UTF8', collation: 'en_US.UTF8', deletionPolicy: 'ABANDON' },
      { ...within(child, holder), protect: locked },
    );
  }
  for (const [workload, email] of Object.entries(users)) {
    const user = {
      name: email.apply(userOf),
      instance: holder.name,
      type: 'CLOUD_IAM_SERVICE_ACCOUNT',
      deletionPolicy: 'ABANDON',
      // The others have no right at all until this one has given them theirs.
      ...(workload === 'prepare' ? { databaseRoles: [administrator] } : {}),
    };
    new gcp.sql.User(`${name}-${workload}`, user, within(child, holder));
  }
}

/** The name in the database of a service account: its address without the last part. */
export function userOf(email: string): string {
  return email.replace(/\.gserviceaccount\.com$/, '');
}
