import { outlastRestart } from '../platform/database/pool.ts';
import { InvalidInput, UserError } from '../platform/errors.ts';
import type { Role } from '../roles.ts';
import { fact, type Write } from './console/fact.ts';
import { PipelineConsole } from './console/pipeline.ts';
import { printSummary } from './console/summary.ts';
import type { SourceFlags } from './feed/choose-source.ts';
import type { ChosenSource } from './feed/chosen-source.ts';
import { refuseTakenPorts } from './roles/addresses.ts';
import { type RunningService, startService } from './roles/service.ts';
import { type RoleSettings, roleNamed, roleSettings } from './roles/settings.ts';
import { openRuntime, type Runtime } from './runtime/runtime.ts';
import { VERSION } from './version.ts';

export type StartFlags = SourceFlags & { readonly role?: string; readonly dataDir?: string; readonly exit?: boolean };
export type StartIo = { readonly write: Write; readonly terminal: boolean; readonly stopRequested: AbortSignal };

const SUMMARY_PATIENCE_MS = 10_000;

/**
 * Runs a role until it is told to stop, or with `--exit` until its source has ended. Resolves after everything was stopped; throws a
 * UserError when it cannot start, and the failure of a part that it cannot do without.
 */
export async function start(flags: StartFlags, io: StartIo): Promise<void> {
  const role = roleNamed(flags.role ?? 'all');
  if (role === 'synthetic') {
    refuseIdleFlags(flags, { role, pipeline: null });
    await (await import('./roles/synthetic.ts')).runSynthetic(io);
    return;
  }
  const settings = roleSettings(role);
  const forPerson = settings.role === 'all';
  const write: Write = forPerson ? io.write : () => undefined;
  refuseIdleFlags(flags, settings);
  const { pipeline: feed } = settings;
  const source = feed === null ? null : await (await import('./feed/choose-source.ts')).chooseSource(flags, feed);

  // A file that cannot be replayed, or a port that is taken, is told before anything is started.
  await source?.check();
  await refuseTakenPorts(settings);

  const fatal = new AbortController();
  write(`Heliograph ${VERSION}\n`);
  const runtime = await openRuntime({
    settings: settings.common,
    role,
    dataDir: flags.dataDir ?? null,
    forPerson,
    onFatal: (error) => fatal.abort(error),
    stopRequested: io.stopRequested,
  });
  try {
    const console = new PipelineConsole(write, io.terminal);
    runtime.lifecycle.onStop('console', () => console.end());
    tellRuntime(write, runtime, source);
    const service = await startService({ settings, runtime, source, display: console });
    tellService(write, service, settings);
    await untilDone({ service, ends: flags.exit === true, stop: AbortSignal.any([io.stopRequested, fatal.signal]) });
    fatal.signal.throwIfAborted();
    const { pipeline } = service;
    if (pipeline !== null && source?.ends === true)
      await outlastRestart(SUMMARY_PATIENCE_MS, () => printSummary(write, runtime, pipeline));
  } finally {
    await runtime.lifecycle.stop();
  }
  write('Stopped.\n');
}

/** A flag that would be passed over is a mistake. */
function refuseIdleFlags(
  flags: StartFlags,
  { role, pipeline }: { readonly role: Role; readonly pipeline: RoleSettings['pipeline'] },
): void {
  if (flags.exit === true && flags.bars === undefined) {
    throw new UserError('INVALID_INPUT', '--exit is given, expected --bars beside it: an invented market does not end');
  }
  if (pipeline !== null) return;
  for (const name of ['bars', 'timeframe', 'speed', 'instruments', 'actions', 'seed'] as const) {
    if (flags[name] !== undefined)
      throw new InvalidInput(`--${name}`, flags[name], `no such flag with --role ${role}, which takes in no data`);
  }
}

function tellRuntime(write: Write, runtime: Runtime, source: ChosenSource | null): void {
  fact(write, 'database', ...runtime.database.description);
  fact(write, 'log', runtime.logPlace);
  if (source !== null) fact(write, 'data', source.description);
}

function tellService(write: Write, { apiUrl, internalUrl }: RunningService, settings: RoleSettings): void {
  if (apiUrl !== null) fact(write, 'GraphQL', `${apiUrl}/graphql   (open it in a browser)`);
  fact(write, 'health', `${internalUrl}/health/detailed and ${internalUrl}/metrics`);
  if (apiUrl !== null) {
    const port = settings.api?.PORT === 4000 ? '' : ` -- --url ${apiUrl.replace('http', 'ws')}/graphql`;
    fact(write, 'watch', `npm run follow${port}      (in a second terminal; Ctrl-C here stops everything)`);
  }
}

type Waiting = { readonly service: RunningService; readonly ends: boolean; readonly stop: AbortSignal };

/** Until somebody asks to stop, or the source has ended where that is the end; a failed pipeline is thrown. */
async function untilDone({ service, ends, stop }: Waiting): Promise<void> {
  const stopped = new Promise<void>((resolve) => {
    if (stop.aborted) resolve();
    else stop.addEventListener('abort', () => resolve(), { once: true });
  });
  const finished = service.pipeline?.finished ?? new Promise<void>(() => undefined);
  await Promise.race([ends ? finished : finished.then(() => stopped), stopped]);
}
