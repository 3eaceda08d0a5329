import { flat, given, rising } from '../../../alerts/inputs.ts';
import type { Duration } from '../../../alerts/promql/index.ts';
import { metric, outside } from '../../../alerts/promql/index.ts';
import type { Input } from '../../../alerts/recording.ts';
import type { Role } from '../../../backend/roles.ts';
import { placeholders } from '../../../runbooks/placeholders.ts';

/** What a system shows at one moment, and which of the queries under Over when must give something then; the first is 1. */
export type Story = {
  readonly input: readonly Input[];
  readonly gives: readonly number[];
  readonly at: Duration;
};

/** So much of a story has passed when it is asked. */
const HOUR = 3_600;
const AT = '1800m';
const NOW = 30 * HOUR;

const healthy = (...input: readonly (Input | readonly Input[])[]): Story => told([], input);
const gives = (queries: readonly number[], ...input: readonly (Input | readonly Input[])[]): Story =>
  told(queries, input);

function told(queries: readonly number[], input: readonly (Input | readonly Input[])[]): Story {
  return { gives: queries, at: AT, input: input.flatMap((one) => (isOne(one) ? [one] : one)) };
}

const isOne = (input: Input | readonly Input[]): input is Input => typeof input[0] === 'string';

/** Processes that answer, one of each role. */
const answering = (...roles: readonly Role[]): Input[] => roles.map((role) => up(role, 1));
const up = (role: Role, value: 0 | 1): Input =>
  given(outside('up', { job: 'heliograph', role, instance: role }), flat(value));
const everybody = answering('api', 'pipeline', 'worker');

/** Bars of a market that is followed, and what is decided about them. */
const followed = given(metric('lastBar', { feed: 'alpaca_sip', market: 'XNYS', timeframe: '1m' }), flat(1));
const decisions = (values: string): Input[] => [
  followed,
  given(metric('signalsWithheld', { market: 'XNYS', reason: 'BELOW_THRESHOLD', role: 'pipeline' }), values),
  given(metric('signalsDue', { market: 'XNYS', model: 'm', side: 'LONG', role: 'pipeline' }), flat(0)),
];
const session: Input = ['market:open_for_seconds{market="XNYS"}', flat(3 * HOUR)];
const decided = decisions(rising(10));
const nothingDecided = decisions(flat(500));
/** A market of which no signal was ever due has no series of those. */
const unmodelled: Input[] = [
  followed,
  given(metric('signalsWithheld', { market: 'XNYS', reason: 'BELOW_THRESHOLD', role: 'pipeline' }), flat(0)),
  given(metric('signalsWithheld', { market: 'XNYS', reason: 'NO_MODEL', role: 'pipeline' }), rising(10)),
];

/** As all processes show it: the one feed that is configured in each pipeline, and zeros for every other feed and in every other process. */
const connected = (...pipelines: readonly (0 | 1)[]): Input[] => [
  ...(['api', 'worker'] as const).flatMap((role) => feedsOf(role, role, 0)),
  ...pipelines.flatMap((alpaca, n) => feedsOf('pipeline', n === 0 ? 'pipeline' : SECOND, alpaca)),
];
const feedsOf = (role: Role, instance: string, alpaca: 0 | 1): Input[] =>
  (['alpaca_sip', 'alpaca_iex', 'coinbase', 'simulated', 'replay'] as const).map((feed) =>
    given(metric('feedConnected', { feed, role, instance }), flat(feed === 'alpaca_sip' ? alpaca : 0)),
  );
const SECOND = 'pipeline-1';
const second: Input = given(outside('up', { job: 'heliograph', role: 'pipeline', instance: SECOND }), flat(1));
const exported = (secondsAgo: number): Input =>
  given(metric('backupLastSuccess', { kind: 'export', target: 'folder', role: 'worker' }), flat(NOW - secondsAgo));

const BAD = placeholders.COMMIT.sample;
const runs = (role: Role, commit: string): Input =>
  given(metric('buildInfo', { version: '1.0.0', commit, role }), flat(1));

const stale = (instruments: number): Input =>
  given(metric('symbolsStale', { feed: 'alpaca_sip', market: 'XNYS', role: 'pipeline' }), flat(instruments));
const rejected = (values: string): Input =>
  given(metric('bars', { feed: 'alpaca_sip', timeframe: '1m', result: 'rejected', role: 'pipeline' }), values);

/** The instance of production, one that follows it and one of a drill, both of which are worse and no reason to go on. */
type Instance = { readonly cpu?: number; readonly disk?: number; readonly inUse?: number; readonly up?: 0 | 1 };
const database = ({ cpu = 0.5, disk = 0.5, inUse = 10, up: is = 1 }: Instance): Input[] => [
  ...instance('{database}', cpu, disk, is),
  ...instance('heliograph-production-replica-0', 0.9, 0.9, 0),
  ...instance('{database}-drill-0badcafe', 0.9, 0.9, 0),
  given(metric('poolInUse', { pool: 'requests', role: 'api' }), flat(inUse)),
  given(metric('poolMax', { pool: 'requests', role: 'api' }), flat(40)),
];

function instance(name: string, cpu: number, disk: number, is: 0 | 1): Input[] {
  const id = { database_id: `project:${name}` };
  return [
    given(outside('sqlCpu', id), flat(cpu)),
    given(outside('sqlDisk', id), flat(disk)),
    given(outside('sqlUp', id), flat(is)),
  ];
}

const copied = (succeeded: number, tried = succeeded): Input[] => [
  given(metric('backupLastSuccess', { kind: 'platform', target: 'folder', role: 'worker' }), flat(NOW - succeeded)),
  given(metric('backupLastAttempt', { kind: 'platform', target: 'folder', role: 'worker' }), flat(NOW - tried)),
];

/** Of every procedure: a healthy system, of which none of its queries gives anything, and what it was opened for. */
export const procedures: Readonly<Record<string, Readonly<Record<string, Story>>>> = {
  'backup-restore': {
    'a session': healthy(everybody, session, decided),
    'a night, in which nobody decides anything': healthy(everybody, nothingDecided),
    'one process that is everything': healthy(answering('all'), session, decided),
    'what writes is stopped': gives([1, 2], answering('api'), session, followed),
    'it is stopped at night': gives([1, 2], up('pipeline', 0), answering('api')),
    'the worker alone is not back': gives([2], answering('api', 'pipeline'), session, decided),
    'the api, which was stopped, too, is not back': gives([1], answering('pipeline', 'worker'), session, decided),
    'all is back, and the engine stands still': gives([3], everybody, session, nothingDecided),
    'all is back but the model': gives([3], everybody, session, unmodelled),
  },
  'restore-in-the-cluster': {
    'a session': healthy(everybody, session, decided),
    'a night, in which nobody decides anything': healthy(everybody, nothingDecided),
    'what writes is stopped': gives([1], session, followed),
    'it is stopped at night': gives([1]),
    'the api alone is not back': gives([1], answering('pipeline', 'worker'), session, decided),
    'all is back, and the engine stands still': gives([2], everybody, session, nothingDecided),
    'all is back but the model': gives([2], everybody, session, unmodelled),
  },
  'region-failover': {
    'it is served': healthy(everybody),
    'the region is away': gives([1]),
    'its processes do not answer': gives([1], up('api', 0), up('pipeline', 0)),
  },
  'restore-the-platform': {
    'last night there was a copy': healthy(copied(8 * HOUR)),
    'the last one failed': gives([2], copied(25 * HOUR, HOUR)),
    'nobody has tried for longer than a day': gives([1], copied(27 * HOUR)),
    'it is tried by a database whose clock is a little ahead': healthy(copied(8 * HOUR, 8 * HOUR - 5)),
    'there is no copy': gives([1]),
  },
  'rotate-a-secret': {
    'all is well': healthy(everybody, connected(1), exported(HOUR)),
    'the venue refuses the key': gives([1], everybody, connected(0), exported(HOUR)),
    'the pipeline does not come up': gives([1], answering('api', 'worker'), exported(HOUR)),
    'the api does not come up': gives([2], answering('pipeline', 'worker'), connected(1), exported(HOUR)),
    'nothing is exported with the key': gives([3], everybody, connected(1), exported(2 * HOUR)),
    'no export can be read with the key': gives([3], everybody, connected(1)),
    'two have the feed, one of them ready to take over': healthy(everybody, [second], connected(1, 1), exported(HOUR)),
    'the second one does not get in': gives([1], everybody, [second], connected(1, 0), exported(HOUR)),
  },
  'replay-after-a-bad-deploy': {
    'another release': healthy(runs('api', 'good'), runs('pipeline', 'good'), runs('worker', 'good')),
    'two other releases, as in any roll-out': healthy(
      runs('api', 'good'),
      runs('api', 'better'),
      runs('worker', 'good'),
    ),
    'the subscriber of our own alone runs it': healthy(runs('api', 'good'), runs('synthetic', BAD)),
    'all run the bad one': gives([1], runs('api', BAD), runs('pipeline', BAD), runs('worker', BAD)),
    'the worker still runs it': gives([1], runs('api', 'good'), runs('pipeline', 'good'), runs('worker', BAD)),
  },
  'take-a-symbol-out': {
    'all symbols have bars': healthy(stale(0), rejected(flat(7))),
    'one has none any more': gives([1], stale(1), rejected(flat(7))),
    'one has bars that cannot be': gives([2], stale(0), rejected(rising(0.2))),
  },
  'grow-the-database': {
    'there is room': healthy(database({})),
    'four fifths, and no more': healthy(database({ cpu: 0.8, disk: 0.8, inUse: 32 })),
    'too little CPU': gives([1], database({ cpu: 0.81 })),
    'too small a disk': gives([2], database({ disk: 0.81 })),
    'too few connections': gives([3], database({ inUse: 33 })),
    'it is away while it grows': gives([4], database({ up: 0 })),
  },
};
