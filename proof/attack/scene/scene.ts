import type { Signing, TestIssuer } from '../../../backend/access/key-set.fixture.ts';
import type { Pool } from '../../../backend/platform/database/pool.ts';
import type { ServiceProcess, Target } from './target.ts';

/** The ways in which the service is started for the attacks; all but `development` as in production, with access control. */

export type Kind = 'production' | 'trusted' | 'tight' | 'development';

/** Where the attacks take place. */
export interface Scene {
  /** What most attacks are sent to. */
  readonly production: Target;
  /** Where it answers with streams of events; null while it does nowhere. */
  readonly eventsUrl: string | null;
  /** By how much this machine makes anybody wait, ms, since it was last asked. */
  readonly machine: { delayMs(): Promise<number> };
  /** For a figure of a trial that stands in the table beside its verdict. */
  tell(figure: string): void;
  /** Seeds the variants. */
  readonly seed: number;
  /** What somebody has to show who may do everything, each time somebody else. */
  credential(claims?: Readonly<Record<string, unknown>>): Promise<{ readonly authorization: string }>;
  /** The rest of a real deployment; throws where the target is some other server. */
  readonly deployment: Deployment;
}

export interface Deployment {
  readonly issuer: TestIssuer;
  /** A second key of the issuer, RS256, whose secret half is ours. */
  readonly rsa: Signing;
  /** The database as the owner of its tables, and as the service. */
  readonly owner: Pool;
  /** As the superuser of the server. */
  readonly admin: Pool;
  readonly application: Pool;
  readonly applicationUrl: string;
  /** Global ids of signals that are there, each with one event, made when they are first wanted. */
  signals(): Promise<readonly string[]>;
  /** One process a kind, started when it is first wanted. */
  service(kind: Kind): Promise<ServiceProcess>;
  /** One more process, with settings of its own beside those of production; the caller ends it. */
  start(settings: Readonly<Record<string, string>>): Promise<ServiceProcess>;
}
