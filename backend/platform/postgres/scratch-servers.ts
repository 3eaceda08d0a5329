import { startEmbeddedPostgres } from './index.ts';
import { type Recovery, recoverCluster } from './recover.ts';

/** A server on a folder that was restored. Disposing of it stops it. */
export type ScratchServer = AsyncDisposable & {
  /** Of who may write into all tables. */
  readonly ownerUrl: string;
  /** As the service's role. */
  readonly applicationUrl: string;
};

/** Whoever can run PostgreSQL on a restored data folder: the programs that npm brought, or a server beside this process. */
export interface ScratchServers {
  /** Where data folders must be, so that it finds them; null: anywhere. */
  readonly folder: string | null;
  /** Replays the log as `recoverCluster` does. Nothing runs when this resolves. */
  recover(recovery: Recovery): Promise<void>;
  /** Starts on what was recovered. `archive`: what is written is noted, so that it is archived once a server archives again. */
  start(dataDirectory: string, options: { readonly archive: boolean }): Promise<ScratchServer>;
}

/** By the programs that npm brought. */
export const embeddedServers: ScratchServers = {
  folder: null,
  recover: recoverCluster,
  start: (dataDirectory, { archive }) => startEmbeddedPostgres({ dataDirectory, archive }),
};
