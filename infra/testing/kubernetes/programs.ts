import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Each program of a small cluster: the folder of `tools/` that pins it, its Go package, and what its linker is told. */
export const programs = {
  etcd: { module: 'etcd', package: 'go.etcd.io/etcd/server/v3' },
  kwok: { module: 'kwok', package: 'sigs.k8s.io/kwok/cmd/kwok' },
  kubectl: { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kubectl' },
  'kube-apiserver': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-apiserver' },
  'kube-controller-manager': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-controller-manager' },
  'kube-scheduler': { module: 'kubernetes', package: 'k8s.io/kubernetes/cmd/kube-scheduler' },
} as const;

export type ProgramName = keyof typeof programs;
export const programNames = Object.keys(programs) as ProgramName[];

const tools = join(import.meta.dirname, '../../../tools');

/** Where a program is: in KUBEBUILDER_ASSETS, on the PATH, or where `npm run infra:tools` puts it; null when nowhere. */
export function find(program: ProgramName): string | null {
  const built = builtPath(program);
  return onPath(program) ?? (existsSync(built) ? built : null);
}

/** Where a program that is built from `tools/` is kept: another pin is another folder, so an old one is never taken for it. */
export function builtPath(program: ProgramName): string {
  const { module } = programs[program];
  const pins = ['go.mod', 'go.sum'].map((file) => readFileSync(join(tools, module, file), 'utf8')).join('');
  const hash = createHash('sha256').update(pins).digest('hex').slice(0, 12);
  return join(homedir(), '.cache/heliograph/tools', `${module}-${hash}`, program);
}

/** The folder of a Go module that `tools/` pins, downloaded if need be; null without Go. */
export function moduleFolder(tool: string, module: string): string | null {
  if (onPath('go') === null) return null;
  const download = ['-C', join(tools, tool), 'mod', 'download', '-json', module];
  const { Dir } = JSON.parse(execFileSync('go', download, { encoding: 'utf8' })) as { Dir: string };
  return Dir;
}

/** The version of the Go module that a program is built from. */
export function pinned(program: ProgramName): string {
  const text = readFileSync(join(tools, programs[program].module, 'go.mod'), 'utf8');
  const module = programs[program].package.replace(/\/cmd\/.*$/, '');
  return new RegExp(`^\\s*(?:require )?${module} (v\\S+)`, 'm').exec(text)?.[1] ?? 'unknown';
}

/** Asked of a shell, which looks into the environment for us. */
export function onPath(program: string): string | null {
  const search = 'PATH="$KUBEBUILDER_ASSETS:$PATH" command -v "$1"';
  try {
    return execFileSync('sh', ['-c', search, 'sh', program], { encoding: 'utf8' }).trim() || null;
  } catch {
    return null;
  }
}
