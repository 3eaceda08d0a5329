import { arch, cpus, loadavg, platform, release, totalmem } from 'node:os';

/** What the figures of a run depend on besides the code. */
export function machineFacts(now: Date, versions: Readonly<Record<string, string>>): string[] {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const packages = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `machine: ${cpus().length} cores of ${first?.model.trim() ?? 'an unknown processor'}, ${memory} GiB, ${platform()} ${release()} ${arch()}`,
    `load when it ended: ${loadavg()
      .map((load) => load.toFixed(1))
      .join(', ')} (1, 5 and 15 minutes; what is above 1 are the neighbours)`,
    `versions: ${[`Node ${process.versions.node}`, ...packages].join(', ')}`,
    `date: ${now.toISOString().slice(0, 10)}`,
  ];
}
