import type { Duration, Vector } from './promql/index.ts';
import type { Input } from './recording.ts';

/**
 * page: somebody gets up now. ticket: the next working day. info: a line in the chat. heartbeat: always on its way, so that its
 * silence is noticed elsewhere.
 */
export type Severity = 'page' | 'ticket' | 'info' | 'heartbeat';

/** The part of the system that an alert is about; what is inhibited by it, too. */
export type Service =
  | 'api'
  | 'delivery'
  | 'signals'
  | 'market-data'
  | 'models'
  | 'database'
  | 'cache'
  | 'jobs'
  | 'recovery'
  | 'platform'
  | 'security'
  | 'monitoring';

/** The page of a dashboard and the panel on it that shows what the alert watches. */
export type Panel = `${Dashboard}/${string}`;
export type Dashboard =
  | 'start'
  | 'api'
  | 'signals'
  | 'market-data'
  | 'models'
  | 'database'
  | 'kubernetes'
  | 'slos'
  | 'recovery'
  | 'business'
  | 'telemetry';

export type Alert = {
  readonly name: string;
  /** Tells alerts of one name apart, and is a label of theirs. */
  readonly about?: string;
  /** What a user loses, with the number: `{{ $value }}` and the labels that the expression keeps. */
  readonly summary: string;
  readonly expr: Vector<string>;
  /** How long it must hold. */
  readonly for: Duration;
  readonly severity: Severity;
  readonly service: Service;
  readonly slo?: string;
  /** The line that a panel draws. */
  readonly limit?: Limit;
  /** Why this line, this long and this severity. */
  readonly reason: string;
  readonly panel: Panel;
  readonly tests: AlertTests;
};

export type Limit = { readonly value: number; readonly unit: 'ratio' | 'seconds' | 'events' | 'count' | 'state' };

export type AlertTests = {
  /** Time from one evaluation, and one value of the series, to the next: 1m when left out. */
  readonly every?: Duration;
  /** Just over the line: fires at this moment, and not one evaluation earlier. */
  readonly over: readonly Input[];
  readonly firesAt: Duration;
  /** Labels that the alert has from its series. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Just under the line, and on it: never fires. */
  readonly under: Readonly<Record<string, readonly Input[]>>;
  /** How long what never fires is looked at, where twenty evaluations after it would have are too few. */
  readonly quietUntil?: Duration;
  /** Series that must make no difference; they stand beside those of every other test but the one without any. */
  readonly noise?: readonly Input[];
  /** The session that it asks for: without it, and when it has just opened, the alert is quiet. */
  readonly gate?: { readonly market: string; readonly seconds: number };
  /** What becomes of it when the series are not there. Quiet when left out. */
  readonly absent?: 'fires' | 'quiet';
  /** Fires no more from this moment on, while the series go on. */
  readonly stops?: { readonly over: readonly Input[]; readonly at: Duration };
  /** Other ways to fire. */
  readonly also?: Readonly<
    Record<
      string,
      {
        readonly over: readonly Input[];
        readonly firesAt: Duration;
        readonly labels?: Readonly<Record<string, string>>;
      }
    >
  >;
};

/** The page that the person on call reads. */
export function pageOf({ name }: Pick<Alert, 'name'>): string {
  return `runbooks/${name}.md`;
}
