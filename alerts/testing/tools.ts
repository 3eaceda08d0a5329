import { createHash } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { run } from './program.ts';

const module = join(import.meta.dirname, '../../tools/alertmanager');
const packages = ['alertmanager', 'amtool'] as const;

/** Whether promtool is there: its second major version, whose windows hold both of their ends. */
export async function promtoolMissing(): Promise<string | null> {
  const { missing, output } = await run('promtool', ['--version'], '.');
  if (missing) return 'promtool is missing (apt-get install prometheus)';
  return /version 2\./.test(output) ? null : `promtool 2 is missing: found ${output.split('\n')[0]}`;
}

/**
 * The folder of alertmanager and amtool, built once for each pin. Those of distributions are too old: they know neither Teams nor
 * secrets in files. Throws an Error that says what is missing.
 */
export async function alertmanagerFolder(): Promise<string> {
  const hash = createHash('sha256')
    .update(await readFile(join(module, 'go.mod')))
    .update(await readFile(join(module, 'go.sum')))
    .digest('hex');
  const folder = join(homedir(), '.cache/heliograph/tools', `alertmanager-${hash.slice(0, 12)}`);
  const found = await Promise.all(
    packages.map((name) =>
      access(join(folder, name)).then(
        () => true,
        () => false,
      ),
    ),
  );
  if (found.every(Boolean)) return folder;

  await mkdir(folder, { recursive: true });
  const names = packages.map((name) => `github.com/prometheus/alertmanager/cmd/${name}`);
  const { content, missing, output } = await run('go', ['build', '-o', `${folder}/`, ...names], module);
  if (missing) throw new Error('alertmanager 0.31 is missing, and go, which would build it (tools/alertmanager)');
  if (!content) throw new Error(`alertmanager 0.31 is missing: ${output.trim().slice(-500)}`);
  return folder;
}
