import { execFileSync, type StdioOptions } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Deployment, Exported } from '../../state/adopt.ts';
import { onPath } from '../kubernetes/programs.ts';
import { type EngineEvent, eventsOf, type Outcome, outcomeOf } from './events.ts';
import { execute, follow, type Running } from './execute.ts';

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
  /** Shows first what it would do, and does nothing of it when that fails. */
  readonly previewFirst?: boolean;
  /** Hears each event of the run, soon after it happened. */
  readonly seen?: (event: EngineEvent) => void;
};

const modules = join(import.meta.dirname, '../../../node_modules');

/** The real engine of Pulumi, on projects and states of its own. */
export class Project implements Disposable {
  readonly folder: string;
  readonly #environment: Readonly<Record<string, string>>;
  #running: Running | null = null;

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
      // Whole or not at all, as in a bucket: what is kept beside files by default is torn when the engine is killed.
      PULUMI_BACKEND_URL: `file://${join(this.folder, 'state')}?metadata=skip`,
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
    this.#ask(['stack', 'init', stack]);
  }

  /** Replaces the configuration of a stack; what the engine has added to it stays. */
  configure(stack: string, config: Readonly<Record<string, unknown>>): void {
    const file = join(this.folder, `Pulumi.${stack}.yaml`);
    const added = existsSync(file) ? readFileSync(file, 'utf8').match(/^encryptionsalt: .*$/m)?.[0] : undefined;
    writeFileSync(file, `${added === undefined ? '' : `${added}\n`}config: ${JSON.stringify(config)}\n`);
  }

  /** Runs one operation to its end, or until it is killed. */
  async run(operation: Operation, options: RunOptions): Promise<Outcome> {
    const { stack, args = [], environment = {}, seen, previewFirst = false } = options;
    const log = join(this.folder, `events-${operation}.jsonl`);
    writeFileSync(log, '');
    const flags = operation === 'preview' ? [] : ['--yes', ...(previewFirst ? [] : ['--skip-preview'])];
    const command = ['pulumi', operation, '--stack', stack, '--non-interactive', '--event-log', log, ...flags, ...args];
    const began = performance.now();
    const look = seen === undefined ? {} : { look: follow(log, seen) };
    const output = join(this.folder, 'output.txt');
    this.#running = execute([...this.#assignments(environment), ...command], { folder: this.folder, output, ...look });
    const ended = await this.#running.ended;
    this.#running = null;
    return outcomeOf(eventsOf(readFileSync(log, 'utf8')), { ...ended, seconds: (performance.now() - began) / 1000 });
  }

  /** Ends the run that goes on at this moment, as the loss of the machine would. */
  kill(): void {
    this.#running?.kill();
  }

  /** Takes away the lock that a run which was killed has left. */
  cancel(stack: string): void {
    this.#ask(['cancel', '--stack', stack, '--yes']);
  }

  /** The state as `pulumi stack export` gives it. */
  exported(stack: string): Exported {
    return JSON.parse(this.#ask(['stack', 'export', '--stack', stack])) as Exported;
  }

  state(stack: string): Deployment {
    return this.exported(stack).deployment;
  }

  /** Puts another state in its place. */
  importState(stack: string, state: Exported): void {
    const file = join(this.folder, 'state.json');
    writeFileSync(file, JSON.stringify(state));
    this.#ask(['stack', 'import', '--stack', stack, '--file', file]);
  }

  [Symbol.dispose](): void {
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  #ask(command: readonly string[]): string {
    const args = [...this.#assignments({}), 'pulumi', ...command, '--non-interactive'];
    const stdio: StdioOptions = ['ignore', 'pipe', 'pipe'];
    return execFileSync('env', args, { cwd: this.folder, stdio, encoding: 'utf8', maxBuffer: 2 ** 28 });
  }

  #assignments(more: Readonly<Record<string, string>>): string[] {
    return Object.entries({ ...this.#environment, ...more }).map(([name, value]) => `${name}=${value}`);
  }
}

/** Which of some programs are not on the PATH. */
export function missing(programs: readonly string[]): string[] {
  return programs.filter((program) => onPath(program) === null);
}
