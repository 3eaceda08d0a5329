import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { manifest, type Repository } from './manifest.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const execute = promisify(execFile);

/** What stands in the tarball beside the modules: its name there, and where it comes from. */
const TEXTS = { 'README.md': 'client/README.md', LICENSE: 'LICENSE', 'schema.graphql': 'schema.graphql' };

/** Builds the client's modules and puts them into a tarball in a folder that is there; answers the path of the tarball. */
export async function packClient(to: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-client-'));
  try {
    await build(folder);
    const repository = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as Repository;
    await writeFile(join(folder, 'package.json'), `${JSON.stringify(manifest(repository), null, 2)}\n`);
    for (const [name, source] of Object.entries(TEXTS)) await copyFile(join(root, source), join(folder, name));
    const { stdout } = await execute('npm', ['pack', '--silent', '--ignore-scripts', '--pack-destination', to], {
      cwd: folder,
    });
    return join(to, stdout.trim());
  } finally {
    await rm(folder, { recursive: true });
  }
}

async function build(folder: string): Promise<void> {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const project = join(root, 'client/pack/tsconfig.json');
  await execute(process.execPath, [compiler, '-p', project, '--outDir', folder]).catch((error: { stdout?: string }) => {
    throw new Error(`tsc did not build the client:\n${error.stdout}`, { cause: error });
  });
}
