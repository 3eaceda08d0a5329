import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { BucketStorage } from '../../operations/backup/bucket-storage.ts';
import { FolderStorage } from '../../operations/backup/folder-storage.ts';
import type { Vault } from '../../operations/backup/objects.ts';
import { type PlatformSource, secretsOf, stateOf } from '../../operations/backup/platform.ts';
import type { BackupStorage } from '../../operations/backup/storage.ts';
import { type CloudSql, instanceOf } from '../../operations/cloud-sql/instance.ts';
import { wallClock } from '../../platform/clock.ts';
import { UserError } from '../../platform/errors.ts';
import { AccessTokens } from '../../platform/google/access-tokens.ts';
import { SqlAdminClient } from '../../platform/google/sql-admin-client.ts';

export type VaultSettings = {
  readonly BACKUP_DIR: string | null;
  readonly BACKUP_KEY: string | null;
  readonly BACKUP_LOCK_DAYS?: number | null;
  readonly GCE_METADATA_HOST: string;
};

/** Where backups lie, and the key to them; null where none are configured. */
export function configuredVault({
  BACKUP_DIR: place,
  BACKUP_KEY: key,
  BACKUP_LOCK_DAYS: lockDays = null,
  GCE_METADATA_HOST: host,
}: VaultSettings): Vault | null {
  if (place === null) return null;
  return {
    storage: storageAt(place, host),
    key: key === null ? null : Buffer.from(key, 'hex'),
    ...(lockDays === null ? {} : { lockDays }),
  };
}

function storageAt(place: string, host: string): BackupStorage {
  const [, name, folder = ''] = /^gs:\/\/([^/]+)(?:\/(.+))?$/.exec(place) ?? [];
  if (name === undefined) return new FolderStorage(resolve(place));
  const tokens = new AccessTokens({ host, clock: wallClock });
  return new BucketStorage({ name, token: () => tokens.get(), random: Math.random }, folder);
}

/** The same for whoever can do nothing without. `from` is what the command line says instead of BACKUP_DIR. */
export function neededVault(settings: VaultSettings, from?: string): Vault {
  const vault = configuredVault({ ...settings, BACKUP_DIR: from ?? settings.BACKUP_DIR });
  if (vault !== null) return vault;
  throw new UserError(
    'NO_BACKUP_DIR',
    'BACKUP_DIR is missing, expected the folder or the gs://BUCKET where backups are',
  );
}

export type PlatformSettings = {
  readonly BACKUP_STATE: string | null;
  readonly BACKUP_VALUES: string | null;
  readonly GCE_METADATA_HOST: string;
};

/** What the platform is made anew with, as far as it is to be backed up. */
export function configuredSources({
  BACKUP_STATE: state,
  BACKUP_VALUES: secrets,
  GCE_METADATA_HOST: host,
}: PlatformSettings): readonly PlatformSource[] {
  const tokens = new AccessTokens({ host, clock: wallClock });
  const token = () => tokens.get();
  return [
    ...(state === null ? [] : [stateOf({ name: state.slice('gs://'.length), token, random: Math.random })]),
    ...(secrets === null ? [] : [secretsOf(secrets.split(','), { token })]),
  ];
}

export type CloudSqlSettings = { readonly CLOUDSQL_INSTANCE: string | null; readonly GCE_METADATA_HOST: string };

/** The instance that the database runs on, and who is asked of it; null where it is none of Cloud SQL. */
export function configuredInstance({
  CLOUDSQL_INSTANCE: name,
  GCE_METADATA_HOST: host,
}: CloudSqlSettings): CloudSql | null {
  if (name === null) return null;
  const tokens = new AccessTokens({ host, clock: wallClock });
  const token = () => tokens.get();
  return { instance: instanceOf(name), client: new SqlAdminClient({ token, random: Math.random }), token };
}

/** Tells apart what is made within one second. */
export function fewLetters(): string {
  return randomBytes(4).toString('hex');
}
