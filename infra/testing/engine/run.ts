import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Captured } from './captured.ts';
import { startEngine } from './engine.ts';
import type { JsonObject } from './values.ts';

export type ProgramRun = {
  /** In the order of their URNs; without the stack itself. */
  readonly resources: readonly Captured[];
  /** What the program exports. */
  readonly outputs: JsonObject;
  readonly refused: readonly string[];
  readonly messages: readonly string[];
  readonly exitCode: number;
  /** All that the program printed. */
  readonly output: string;
  readonly seconds: number;
  /** The most memory that its process held; null where nobody counts it. */
  readonly peakMiB: number | null;
};

export type ProgramOptions = {
  /** Folder of Pulumi.yaml and package.json. */
  readonly folder: string;
  /** The program, relative to the folder; without it what package.json calls main. */
  readonly entry?: string;
  readonly project: string;
  readonly stack: string;
  /** By full name, such as `heliograph:region`; objects as JSON, as the engine hands them over. */
  readonly config: Readonly<Record<string, string>>;
  readonly secretKeys?: readonly string[];
  /** Whether what the cloud computes stays unknown, as in a first preview. */
  readonly preview?: boolean;
  /** What else is in the environment of whoever runs it. */
  readonly env?: Readonly<Record<string, string>>;
};

const MINUTE = 60_000;

/**
 * Runs a program in a process of its own by the script of @pulumi/pulumi that the engine runs it by, with the same arguments, and answers
 * it over gRPC as the engine would. Nothing of the caller's environment reaches it.
 */
export async function runProgram(options: ProgramOptions): Promise<ProgramRun> {
  const { project, stack, preview = false } = options;
  await using engine = await startEngine({ project, stack, preview });
  const { exitCode, output, seconds, peakMiB } = await execute(
    argumentsOf(options, engine.address),
    environmentOf(options),
    options.folder,
  );

  const { resources, outputs, refused } = engine.told;
  const root = resources.find(({ type }) => type === 'pulumi:pulumi:Stack');
  return {
    resources: resources.filter((resource) => resource !== root).sort((a, b) => (a.urn < b.urn ? -1 : 1)),
    outputs: (root && outputs.get(root.urn)) ?? {},
    refused: refused.toSorted(),
    messages: engine.messages,
    exitCode,
    output,
    seconds,
    peakMiB,
  };
}

function argumentsOf({ project, stack, folder, entry, preview }: ProgramOptions, address: string): string[] {
  const script = createRequire(import.meta.url).resolve('@pulumi/pulumi/cmd/run/index.js');
  return [
    script,
    ...['--monitor', address, '--engine', address],
    ...['--organization', 'organization', '--project', project, '--stack', stack],
    ...['--root-directory', folder, '--pwd', folder, '--parallel', '16'],
    ...(preview ? ['--dry-run'] : []),
    entry ?? '.',
  ];
}

function environmentOf({ config, secretKeys, env }: ProgramOptions): Record<string, string> {
  return {
    ...env,
    PULUMI_NODEJS_TYPESCRIPT: 'false',
    // Every promise of the SDK takes a stack trace and maps it back to its source, which was two fifths of a run.
    NODE_OPTIONS: '--stack-trace-limit=0',
    PULUMI_CONFIG: JSON.stringify(config),
    PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(secretKeys ?? []),
  };
}

function execute(args: readonly string[], env: Record<string, string>, cwd: string) {
  return new Promise<Pick<ProgramRun, 'exitCode' | 'output' | 'seconds' | 'peakMiB'>>((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], timeout: 20 * MINUTE });
    let output = '';
    let peakMiB: number | null = null;
    const watch = setInterval(() => {
      peakMiB = peakOf(child.pid) ?? peakMiB;
    }, 100);
    child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (output += text));
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(watch);
      resolve({ exitCode: code ?? -1, output, seconds: (performance.now() - began) / 1000, peakMiB });
    });
  });
}

/** Linux counts it for each process that lives. */
function peakOf(pid: number | undefined): number | null {
  try {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return kilobytes === undefined ? null : Math.round(Number(kilobytes) / 1024);
  } catch {
    return null;
  }
}
