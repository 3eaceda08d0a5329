import { type ChildProcess, spawn } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { untilReady } from '../../alerts/testing/servers.ts';
import { alertmanagerFolder } from '../../alerts/testing/tools.ts';
import { freePort } from '../../backend/testing/ports.ts';

const generated = join(import.meta.dirname, '../../alerts/generated/alertmanager.yaml');

/** Starts our Alertmanager with the generated configuration. Without the secrets of its receivers it tells nobody. */
export async function startAlertmanager(folder: string): Promise<{ host: string; child: ChildProcess }> {
  const tools = await alertmanagerFolder();
  await mkdir(folder, { recursive: true });
  await copyFile(generated, join(folder, 'alertmanager.yaml'));
  const host = `127.0.0.1:${await freePort()}`;
  const child = spawn(
    join(tools, 'alertmanager'),
    [
      '--config.file=alertmanager.yaml',
      '--storage.path=data',
      `--web.listen-address=${host}`,
      '--cluster.listen-address=',
    ],
    { cwd: folder, stdio: 'ignore' },
  );
  await untilReady(child, `http://${host}`);
  return { host, child };
}
