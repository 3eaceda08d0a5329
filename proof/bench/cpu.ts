import { readdirSync, readFileSync } from 'node:fs';

/** CPU time of all threads of a process, in microseconds since they began. Linux alone tells it finely enough. */
export function cpuOfProcess(pid: number): number {
  const folder = `/proc/${pid}/task`;
  return readdirSync(folder).reduce((sum, thread) => sum + cpuOfThread(`${folder}/${thread}/schedstat`), 0);
}

/** Of all connections of a database server that stay open, by the process that started it. */
export function cpuOfChildren(parent: number): number {
  const text = readFileSync(`/proc/${parent}/task/${parent}/children`, 'utf8').trim();
  const pids = text === '' ? [] : text.split(' ');
  return pids.reduce((sum, pid) => sum + cpuOfThread(`/proc/${pid}/schedstat`), 0);
}

function cpuOfThread(file: string): number {
  try {
    return Number(readFileSync(file, 'utf8').split(' ', 1)[0]) / 1_000;
  } catch {
    // It has ended meanwhile.
    return 0;
  }
}
