import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';

const PIECES = [1_048_576, 4_096] as const;

/** A file system of its own in memory, small enough to be filled. Needs root. */
export class SmallDisk {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static mount(folder: string, mebibytes: number): SmallDisk {
    mkdirSync(folder, { mode: 0o755 });
    run('mount', ['-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=755`, 'heliograph-faults', folder]);
    return new SmallDisk(folder);
  }

  /** Whether this machine lets us. */
  static isPossible(): boolean {
    if (process.geteuid?.() !== 0) return false;
    // In a namespace that ends with it, so that nothing is left behind.
    return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'heliograph-faults', '/mnt']).status === 0;
  }

  /** Until not a byte more can be written; whatever else is done here goes on meanwhile. */
  async fill(): Promise<void> {
    const file = openSync(this.#filler, 'a');
    try {
      for (const size of PIECES) await fillWith(file, Buffer.alloc(size));
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.#filler, { force: true });
  }

  /** From now on it can only be read. */
  close(): void {
    run('mount', ['-o', 'remount,ro', this.folder]);
  }

  /** Also while somebody uses it. */
  unmount(): void {
    run('umount', ['--lazy', this.folder]);
  }

  get #filler(): string {
    return join(this.folder, 'filler');
  }
}

async function fillWith(file: number, piece: Buffer): Promise<void> {
  for (;;) {
    await setImmediate();
    try {
      if (writeSync(file, piece) < piece.length) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOSPC') return;
      throw error;
    }
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}
