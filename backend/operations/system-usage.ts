import { statfs } from 'node:fs/promises';
import { availableParallelism, totalmem } from 'node:os';
import type { SystemUsage } from '../platform/http/health-port.ts';

/** Reads the usage of the machine, or of the container where its limits are lower; the folder tells which disk. */
export function systemUsage(folder: string, monotonic: () => number): () => Promise<SystemUsage> {
  let last = { at: monotonic(), cpu: process.cpuUsage() };
  return async () => {
    const now = { at: monotonic(), cpu: process.cpuUsage() };
    const busyMs = (now.cpu.user - last.cpu.user + now.cpu.system - last.cpu.system) / 1_000;
    const elapsedMs = now.at - last.at;
    last = now;
    return {
      uptime_seconds: Math.round(process.uptime() * 10) / 10,
      memory_usage_percent: percent(1 - process.availableMemory() / memoryLimit()),
      cpu_usage_percent: elapsedMs > 0 ? percent(busyMs / elapsedMs / availableParallelism()) : 0,
      disk_usage_percent: await diskUsage(folder),
    };
  };
}

/** Bytes. Without a limit of its control group, libuv answers 0 or a number beyond all memory. */
function memoryLimit(): number {
  const limit = process.constrainedMemory();
  return limit > 0 ? Math.min(limit, totalmem()) : totalmem();
}

async function diskUsage(folder: string): Promise<number | null> {
  try {
    const { blocks, bavail } = await statfs(folder);
    return blocks > 0 ? percent(1 - bavail / blocks) : null;
  } catch {
    return null;
  }
}

function percent(ratio: number): number {
  return Math.round(Math.min(Math.max(ratio, 0), 1) * 1_000) / 10;
}
