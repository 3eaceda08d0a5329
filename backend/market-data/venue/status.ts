import type { VenueStatus } from '../live/feed.ts';
import type { VenueClock } from './venue-clock.ts';

type Parts = {
  /** Undefined while there is none. */
  readonly stream: (Pick<VenueStatus, 'stalledSince' | 'unreadable'> & { readonly phase: string }) | undefined;
  readonly circuit: VenueStatus['circuit'];
  /** How often the stream was connected, the first time included. */
  readonly connections: number;
  readonly clock: VenueClock;
};

const SILENT = { phase: 'DISCONNECTED', stalledSince: null, unreadable: { malformed: 0, unknown: 0 } } as const;

/** How a venue is doing, from what its parts say. */
export function statusOf({
  stream = SILENT,
  circuit,
  connections,
  clock,
}: Parts): VenueStatus & { readonly skewMs: number | null } {
  const { stalledSince, unreadable } = stream;
  const reconnects = Math.max(0, connections - 1);
  return { phase: phaseOf(stream), stalledSince, circuit, reconnects, unreadable, skewMs: clock.skewMs };
}

/** Each venue has ways of its own from connected to streaming. */
function phaseOf({ phase }: { readonly phase: string }): VenueStatus['phase'] {
  return phase === 'STREAMING' || phase === 'DISCONNECTED' ? phase : 'CONNECTING';
}
