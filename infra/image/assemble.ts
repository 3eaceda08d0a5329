import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { bundle, read } from './bundle.ts';
import { image } from './steps.ts';

const repository = join(import.meta.dirname, '../..');

/** Puts all files of the image into a folder, which is made anew: the program, this Node, what it is linked with, and who is who. */
export async function assemble(out: string): Promise<void> {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const app = join(out, image.app);
  await bundle(repository, app);
  for (const path of read) place(join(repository, path), join(app, path));
  place(join(repository, 'LICENSE'), join(app, 'LICENSE'));

  const [node] = image.entrypoint;
  place(process.execPath, join(out, node));
  for (const library of librariesOf(process.execPath)) place(library, join(out, library));
  for (const [path, text] of Object.entries(identities)) write(join(out, path), text);
  // What an engine mounts over, and where the program may write.
  for (const folder of ['proc', 'sys', 'dev', 'tmp']) mkdirSync(join(out, folder));
  readOnly(out);
  chmodSync(join(out, 'tmp'), 0o1777);
}

/** Libraries that a program is linked with, the loader among them, as the loader itself lists them. */
function librariesOf(program: string): string[] {
  const listed = execFileSync('ldd', [program], { encoding: 'utf8' });
  return [...listed.matchAll(/(?:=>\s*)?(\/\S+)\s+\(0x/g)].flatMap(([, path]) => (path === undefined ? [] : [path]));
}

const { uid, gid } = image.user;
const identities = {
  'etc/passwd': `root:x:0:0:root:/:/nowhere\nheliograph:x:${uid}:${gid}:heliograph:/app:/nowhere\n`,
  'etc/group': `root:x:0:\nheliograph:x:${gid}:\n`,
  // Names are looked up as everywhere: in the file that the engine mounts, then by the network.
  'etc/nsswitch.conf': 'hosts: files dns\n',
};

/** The file itself where the path is a link: a link would lead out of the image. */
function place(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  cpSync(from, to, { recursive: true, dereference: true });
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** Everybody may read everything and nobody but root may write; only what a program is can be run. */
function readOnly(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) readOnly(path);
    else chmodSync(path, isProgram(path) ? 0o755 : 0o644);
  }
}

const isProgram = (path: string) => path.endsWith(image.entrypoint[0]) || /\/ld-linux[^/]*$/.test(path);

if (import.meta.main) {
  const [out] = process.argv.slice(2);
  if (out === undefined) throw new Error('The folder for the files of the image is missing');
  await assemble(resolve(out));
}
