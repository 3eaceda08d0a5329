import type { FeedClock } from '../../market-data/feed-clock.ts';
import { ModelRegistry } from '../../models/registry.ts';
import { runPipeline } from '../../signals/pipeline.ts';
import type { ChosenSource, OpenedSource } from '../feed/chosen-source.ts';
import type { LiveWatch } from '../feed/live-watch.ts';
import type { RoleSettings } from '../roles/settings.ts';
import type { Runtime } from '../runtime/runtime.ts';
import { tracedPipeline } from './trace.ts';
import type { PipelineWatch } from './watch.ts';

export type PipelineParts = {
  readonly settings: RoleSettings;
  readonly runtime: Runtime;
  readonly chosen: ChosenSource;
  readonly clock: FeedClock;
  readonly watch: PipelineWatch;
  readonly live: LiveWatch;
};

export type RunningPipeline = {
  readonly watch: PipelineWatch;
  /** Resolves when the source has ended and all of it is settled; rejects when the pipeline failed; never for one that was stopped. */
  readonly finished: Promise<void>;
};

/** Runs the pipeline beside the listeners: a feed that does not answer yet is waited for while health tells that it is. */
export function startPipeline(parts: PipelineParts): RunningPipeline {
  const { runtime, watch } = parts;
  const stop = new AbortController();
  const running = run(parts, stop.signal);
  runtime.lifecycle.onStop('pipeline', async () => {
    stop.abort(new Error('the pipeline was stopped'));
    await running.catch(() => undefined);
  });
  const finished = Promise.withResolvers<void>();
  running.then(
    () => {
      watch.ended('finished');
      finished.resolve();
    },
    (error: unknown) => {
      if (stop.signal.aborted) return;
      watch.ended('failed');
      runtime.log.error('the pipeline failed', { error });
      finished.reject(error);
    },
  );
  // Somebody may not wait for the end; a failure is told by health and log in any case.
  finished.promise.catch(() => undefined);
  return { watch, finished: finished.promise };
}

async function run(parts: PipelineParts, signal: AbortSignal): Promise<void> {
  const { runtime, chosen, clock, live } = parts;
  const { log, metrics, database, pools } = runtime;
  const opened = await chosen.open({
    databaseUrl: database.url,
    pool: pools.work,
    log,
    metrics,
    observer: live,
    signal,
  });
  try {
    if (opened.live !== null) {
      clock.follow(opened.live.clock);
      live.watch(opened.live.source);
    }
    await pipelineOf(parts, opened, signal);
  } finally {
    await opened.live?.close();
  }
}

async function pipelineOf(
  { settings, runtime, chosen, clock, watch }: PipelineParts,
  { source }: OpenedSource,
  signal: AbortSignal,
) {
  const { log, database } = runtime;
  const em = await runtime.em();
  const pool = runtime.pools.work;
  const { pipeline, common } = settings;
  if (pipeline === null) throw new Error('This role has no settings of a pipeline');
  await runPipeline(
    {
      ...{ source, pool, em, log, clock },
      speed: chosen.speed === 'max' ? 0 : chosen.speed,
      policy: { topQuantile: pipeline.SIGNAL_TOP_QUANTILE, requireEdge: pipeline.REQUIRE_EDGE },
      registry: new ModelRegistry(pool, common.BUILD_COMMIT),
      faults: database.faults,
      observer: runtime.tracing === null ? watch : tracedPipeline(watch, runtime.tracing, log),
    },
    signal,
  );
}
