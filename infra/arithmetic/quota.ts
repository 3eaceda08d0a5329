type Size = { readonly maxReplicas: number; readonly cpu: number; readonly memory: number };

/** What runs beside each process: the proxy to the database. Thousandths of a core and MiB. */
export const sidecar = { cpu: 50, memory: 128 } as const;

/**
 * What a namespace may ask for: every role at its most, while a quarter of it is being replaced, and two Jobs beside. Pods, thousandths
 * of a core, MiB.
 */
export function quotaOf(sizes: readonly Size[]): {
  readonly pods: number;
  readonly cpu: number;
  readonly memory: number;
} {
  const surge = (replicas: number) => replicas + Math.max(1, Math.ceil(replicas / 4));
  const total = (each: (size: Size) => number) =>
    sizes.reduce((sum, size) => sum + surge(size.maxReplicas) * each(size), 0);
  const [cpu, memory] = [job.cpu + sidecar.cpu, job.memory + sidecar.memory].map((one) => 2 * one) as [number, number];
  return {
    pods: total(() => 1) + 2,
    cpu: total((size) => size.cpu + sidecar.cpu) + cpu,
    memory: total((size) => size.memory + sidecar.memory) + memory,
  };
}

/** A Job that changes the schema. */
export const job = { cpu: 250, memory: 512 } as const;

/** What of others runs, and how much of it: thousandths of a core and MiB, asked for and limit at once. */
export type WatcherSize = { readonly replicas: number; readonly cpu: number; readonly memory: number };

/**
 * What a namespace of such may ask for: all of them twice, because those of a zone that is lost count until it is back, and one more of each while
 * it is replaced. Pods, thousandths of a core, MiB.
 */
export function roomFor(sizes: readonly WatcherSize[]): ReturnType<typeof quotaOf> {
  const total = (each: (size: WatcherSize) => number) =>
    sizes.reduce((sum, size) => sum + (2 * size.replicas + 1) * each(size), 0);
  return { pods: total(() => 1), cpu: total(({ cpu }) => cpu), memory: total(({ memory }) => memory) };
}
