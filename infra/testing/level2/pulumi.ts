import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPath } from '../kubernetes/programs.ts';
import { eventsOf, type Outcome, outcomeOf } from './events.ts';
import { killTree, memoryOf, treeOf } from './processes.ts';

/** A folder that the engine works in: a project, its stacks with their configuration, and their state in files. */
type ProjectOptions = {
  /** Where Pulumi.yaml and the program are. Nothing is written there. */
  readonly source: string;
  /** What of it the program is and reads; it gets the packages of this repository. */
  readonly parts: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
};

type Operation = 'preview' | 'up' | 'refresh' | 'destroy';

export type RunOptions = {
  readonly stack: string;
  readonly args?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
};

const TIMEOUT_MS = 60 * 60_000;
const modules = join(import.meta.dirname, '../../../node_modules');

/** The real engine of Pulumi, on projects and states of its own. */
export class Project implements Disposable {
  readonly folder: string;
  readonly #environment: Readonly<Record<string, string>>;

  constructor({ source, parts, environment }: ProjectOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'heliograph-level2-'));
    cpSync(join(source, 'Pulumi.yaml'), join(this.folder, 'Pulumi.yaml'));
    writeFileSync(join(this.folder, 'package.json'), JSON.stringify({ type: 'module', main: 'infra/index.ts' }));
    // Copies, so that what the program reads may be changed; packages are too many for that.
    for (const part of parts) cpSync(join(source, part), join(this.folder, part), { recursive: true });
    symlinkSync(modules, join(this.folder, 'node_modules'));
    for (const part of ['home', 'state']) mkdirSync(join(this.folder, part));
    this.#environment = {
      PULUMI_HOME: join(this.folder, 'home'),
      PULUMI_BACKEND_URL: `file://${join(this.folder, 'state')}`,
      PULUMI_CONFIG_PASSPHRASE: 'of a state that is thrown away',
      PULUMI_SKIP_UPDATE_CHECK: 'true',
      PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: 'true',
      PULUMI_DISABLE_REGISTRY_RESOLVE: 'true',
      NO_COLOR: '1',
      // Without it the engine does not know --event-log.
      PULUMI_DEBUG_COMMANDS: 'true',
      ...environment,
    };
  }

  /** Makes a stack with the configuration that a file Pulumi.STACK.yaml would have. */
  makeStack(stack: string, config: Readonly<Record<string, unknown>>): void {
    this.configure(stack, config);
    execFileSync('env', [...this.#assignments({}), 'pulumi', 'stack', 'init', stack, '--non-interactive'], {
      cwd: this.folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
  }

  /** Replaces the configuration of a stack; what the engine has added to it stays. */
  configure(stack: string, config: Readonly<Record<string, unknown>>): void {
    const file = join(this.folder, `Pulumi.${stack}.yaml`);
    const added = existsSync(file) ? readFileSync(file, 'utf8').match(/^encryptionsalt: .*$/m)?.[0] : undefined;
    writeFileSync(file, `${added === undefined ? '' : `${added}\n`}config: ${JSON.stringify(config)}\n`);
  }

  /** Runs one operation to its end. */
  async run(operation: Operation, { stack, args = [], environment = {} }: RunOptions): Promise<Outcome> {
    const log = join(this.folder, `events-${operation}.jsonl`);
    writeFileSync(log, '');
    const flags = operation === 'preview' ? [] : ['--yes', '--skip-preview'];
    const command = ['pulumi', operation, '--stack', stack, '--non-interactive', '--event-log', log, ...flags, ...args];
    const began = performance.now();
    const ended = await this.#execute(command, environment);
    return outcomeOf(eventsOf(readFileSync(log, 'utf8')), { ...ended, seconds: (performance.now() - began) / 1000 });
  }

  /** The state as `pulumi stack export` gives it. */
  state(stack: string): State {
    const args = [...this.#assignments({}), 'pulumi', 'stack', 'export', '--stack', stack];
    const text = execFileSync('env', args, { cwd: this.folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
    return (JSON.parse(text) as { readonly deployment: State }).deployment;
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  #assignments(more: Readonly<Record<string, string>>): string[] {
    return Object.entries({ ...this.#environment, ...more }).map(([name, value]) => `${name}=${value}`);
  }

  #execute(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
  ): Promise<Pick<Outcome, 'exitCode' | 'output' | 'peakMiB'>> {
    return new Promise((resolve, reject) => {
      const file = join(this.folder, 'output.txt');
      const output = openSync(file, 'w');
      // Into a file and not a pipe: what the engine starts may outlive it, and a pipe would wait for the last of them.
      const child = spawn('env', [...this.#assignments(environment), ...command], {
        cwd: this.folder,
        stdio: ['ignore', output, output],
      });
      closeSync(output);
      const watch = watchProcess(child);
      child.on('error', reject);
      child.on('exit', (code) => {
        const peakMiB = watch.end();
        resolve({ exitCode: code, output: readFileSync(file, 'utf8'), peakMiB });
      });
    });
  }
}

/** What of a state is looked at. */
type State = {
  readonly resources?: readonly { readonly urn: string }[];
};

/** Looks now and then at the memory of the engine and of all that it has started, and ends what hangs. */
function watchProcess(child: ChildProcess) {
  const began = performance.now();
  let peak = 0;
  const look = () => {
    const tree = treeOf(child.pid);
    peak = Math.max(peak, memoryOf(tree));
    if (performance.now() - began > TIMEOUT_MS) killTree(tree);
  };
  const timer = setInterval(look, 200);
  return {
    end: (): number | null => {
      clearInterval(timer);
      return peak === 0 ? null : Math.round(peak);
    },
  };
}

/** Which of some programs are not on the PATH. */
export function missing(programs: readonly string[]): string[] {
  return programs.filter((program) => onPath(program) === null);
}
