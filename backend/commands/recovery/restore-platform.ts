import { choosePlatform, fetchPlatform } from '../../operations/backup/platform-backup.ts';
import { readSettings } from '../../settings.ts';
import { fact, type Write } from '../console/fact.ts';
import { neededVault } from './vault.ts';

export type RestorePlatformFlags = { readonly to: string; readonly backup?: string; readonly from?: string };

/** Writes what the platform is made anew with into a folder, and says where it belongs. Needs no database. */
export async function restorePlatformCommand(
  { to, backup, from }: RestorePlatformFlags,
  { write }: { readonly write: Write },
): Promise<void> {
  const vault = neededVault(readSettings('restore'), from);
  fact(write, 'storage', vault.storage.description);
  const manifest = await choosePlatform(vault, backup);
  fact(write, 'backup', `${manifest.key}, whole at ${new Date(manifest.finishedAt).toISOString()}`);
  await fetchPlatform(vault, manifest, to);
  for (const { name, object } of manifest.files) fact(write, 'file', `${to}/${name}`, `${object.plain.bytes} bytes`);
  fact(write, 'next', 'put each where runbooks/restore-the-platform.md says, then take the folder away');
}
