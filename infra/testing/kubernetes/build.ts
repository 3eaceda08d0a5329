import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { builtPath, find, moduleFolder, onPath, type ProgramName, pinned, programNames, programs } from './programs.ts';

const HELP = `Builds what level 1 runs from the Go modules that tools/ pins: etcd, a Kubernetes control plane, kubectl and kwok.

Usage: npm run infra:tools

What is in KUBEBUILDER_ASSETS or on the PATH is not built. The rest goes into ~/.cache/heliograph/tools, once for each pin.
Exit code: 0 all are there, or not run because Go is missing; 1 one could not be built.`;

if (import.meta.main) process.exitCode = main(process.argv.slice(2));

function main(args: readonly string[]): 0 | 1 {
  if (args.includes('--help')) return say(HELP, 0);
  const missing = programNames.filter((program) => find(program) === null);
  if (missing.length > 0 && onPath('go') === null) return say('not run: go is missing', 0);
  moduleFolder('crds', 'sigs.k8s.io/gateway-api');
  return missing.every(build) ? say(`${programNames.length} programs are there`, 0) : 1;
}

/** One after the other: each takes all the cores that it is given. */
function build(program: ProgramName): boolean {
  const output = builtPath(program);
  mkdirSync(dirname(output), { recursive: true });
  const began = performance.now();
  const flags = ['-mod=readonly', '-trimpath', '-ldflags', linkerFlags(program), '-o', `${output}.new`];
  const folder = join(import.meta.dirname, '../../../tools', programs[program].module);
  const go = ['CGO_ENABLED=0', 'GOFLAGS=', 'go', '-C', folder, 'build', ...flags, programs[program].package];
  const { status } = spawnSync('nice', ['-n', '15', 'env', ...go], { stdio: ['ignore', 'inherit', 'inherit'] });
  // Only what is whole gets the name that it is found by.
  if (status === 0) spawnSync('mv', [`${output}.new`, output]);
  const seconds = Math.round((performance.now() - began) / 1000);
  say(`${existsSync(output) ? 'built' : 'not built'} ${program} ${pinned(program)}, ${seconds} s`, 0);
  return existsSync(output);
}

// Without these a server calls itself v0.0.0, and refuses clients for their age.
function linkerFlags(program: ProgramName): string {
  if (programs[program].module !== 'kubernetes') return '-s -w';
  const version = pinned(program);
  const [major, minor] = version.slice(1).split('.');
  const set = { gitVersion: version, gitMajor: major, gitMinor: minor };
  const values = Object.entries(set).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`);
  return ['-s -w', ...values].join(' ');
}

function say(text: string, code: 0 | 1): 0 | 1 {
  process.stdout.write(`${text}\n`);
  return code;
}
