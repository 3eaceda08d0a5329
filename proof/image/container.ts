import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { image } from '../../infra/image/steps.ts';

type Started = { readonly args: readonly string[]; readonly env: Readonly<Record<string, string>> };

const programs = ['unshare', 'mount', 'chroot', 'setpriv', 'ldd'] as const;

/** What is missing to run files as an engine would; null when nothing is. */
export function missing(): string | null {
  if (process.platform !== 'linux') return 'Linux';
  const absent = programs.filter((program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error);
  if (absent.length > 0) return absent.join(', ');
  const [command, ...args] = [...asRoot(), 'unshare', '--mount', 'true'];
  const { status } = spawnSync(command ?? '', args, { stdio: 'ignore' });
  return status === 0 ? null : 'root, or sudo without a password, that may make a namespace of mounts';
}

/**
 * The files of the image in the place of a container: a root that nothing can be written to but 64 MiB of /tmp, devices and processes as an
 * engine mounts them, user and environment of the image, no privilege that could be gained. Network and process numbers are this machine's.
 */
export class Container {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** Starts what the image starts, with these arguments. */
  start({ args, env }: Started): ChildProcess {
    return this.#spawn([...image.entrypoint, ...args], env);
  }

  /** Runs a line of JavaScript by the image's own Node, to its end. */
  evaluate(script: string): { readonly status: number | null; readonly output: string } {
    const [command, args] = this.#command([image.entrypoint[0], '-e', script], {});
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
    return { status, output: `${stdout}${stderr}` };
  }

  #spawn(program: readonly string[], env: Started['env']): ChildProcess {
    const [command, args] = this.#command(program, env);
    return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  }

  // Each program replaces the one before, so the process that is started is the image's own in the end and is told to stop itself.
  #command(program: readonly string[], env: Started['env']): [string, string[]] {
    const variables = Object.entries({ ...image.env, ...env }).map(([name, value]) => `${name}=${value}`);
    const [command = '', ...args] = [
      ...asRoot(),
      ...['env', '-i', `PATH=${PATH}`, ...variables],
      ...['unshare', '--mount', 'sh', '-c', mounts, 'sh', this.#root, ...program],
    ];
    return [command, args];
  }
}

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const { uid, gid } = image.user;

const mounts = `set -e
root=$1; shift
mount --make-rprivate /
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount -t tmpfs -o size=64m,mode=1777 tmpfs "$root/tmp"
mount -t tmpfs -o size=64k,mode=755 tmpfs "$root/dev"
for device in null zero random urandom; do touch "$root/dev/$device"; mount --bind "/dev/$device" "$root/dev/$device"; done
mount -o remount,ro "$root/dev"
mount -o remount,bind,ro "$root"
unset PATH
exec /usr/bin/setpriv --no-new-privs /usr/sbin/chroot --userspec=${uid}:${gid} --groups=${gid} "$root" "$@"`;

function asRoot(): string[] {
  return process.getuid?.() === 0 ? [] : ['sudo', '-n'];
}

/** What lies in the folder of the image, by kind, in bytes. */
export function sizes(root: string): Readonly<Record<'total' | 'node' | 'libraries' | 'program', number>> {
  const of = (...paths: readonly string[]) => {
    const { stdout } = spawnSync('du', ['--apparent-size', '--summarize', '--bytes', '--total', ...paths], {
      cwd: root,
      encoding: 'utf8',
    });
    return Number(/^(\d+)\ttotal$/m.exec(stdout)?.[1]);
  };
  return {
    total: of('.'),
    node: of(join('.', image.entrypoint[0])),
    libraries: of('lib', 'lib64'),
    program: of('app'),
  };
}
