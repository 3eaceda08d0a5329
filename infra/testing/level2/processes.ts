import { readdirSync, readFileSync } from 'node:fs';

/** A process and all that it has started, and that they have; nothing where the system does not tell. */
export function treeOf(root: number | undefined): readonly number[] {
  if (root === undefined) return [];
  const children = Map.groupBy(processes(), ({ parent }) => parent);
  const tree: number[] = [];
  const todo = [root];
  for (let pid = todo.pop(); pid !== undefined; pid = todo.pop()) {
    tree.push(pid);
    todo.push(...(children.get(pid) ?? []).map((child) => child.pid));
  }
  return tree;
}

/** What some processes hold together, in MiB. */
export function memoryOf(pids: readonly number[]): number {
  return (
    pids.reduce((sum, pid) => sum + Number(/^VmRSS:\s+(\d+) kB$/m.exec(read(`${pid}/status`))?.[1] ?? 0), 0) / 1024
  );
}

/** Ends them at once, the first first, so that it learns of no other's end. */
export function killTree(pids: readonly number[]): void {
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
}

function processes(): { readonly pid: number; readonly parent: number }[] {
  const names = folder().filter((name) => /^\d+$/.test(name));
  return names.flatMap((name) => {
    const parent = /^PPid:\s+(\d+)$/m.exec(read(`${name}/status`))?.[1];
    return parent === undefined ? [] : [{ pid: Number(name), parent: Number(parent) }];
  });
}

function folder(): readonly string[] {
  try {
    return readdirSync('/proc');
  } catch {
    return [];
  }
}

function read(name: string): string {
  try {
    return readFileSync(`/proc/${name}`, 'utf8');
  } catch {
    return '';
  }
}
