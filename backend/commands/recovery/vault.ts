import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { FolderStorage } from '../../operations/backup/folder-storage.ts';
import type { Vault } from '../../operations/backup/objects.ts';
import { UserError } from '../../platform/errors.ts';

export type VaultSettings = { readonly BACKUP_DIR: string | null; readonly BACKUP_KEY: string | null };

/** Where backups lie, and the key to them; null where none are configured. */
export function configuredVault({ BACKUP_DIR: folder, BACKUP_KEY: key }: VaultSettings): Vault | null {
  if (folder === null) return null;
  return { storage: new FolderStorage(resolve(folder)), key: key === null ? null : Buffer.from(key, 'hex') };
}

/** The same for whoever can do nothing without. `from` is what the command line says instead of BACKUP_DIR. */
export function neededVault(settings: VaultSettings, from?: string): Vault {
  const vault = configuredVault({ ...settings, BACKUP_DIR: from ?? settings.BACKUP_DIR });
  if (vault !== null) return vault;
  throw new UserError('NO_BACKUP_DIR', 'BACKUP_DIR is missing, expected the path of the folder where backups are');
}

/** Tells apart what is made within one second. */
export function fewLetters(): string {
  return randomBytes(4).toString('hex');
}
