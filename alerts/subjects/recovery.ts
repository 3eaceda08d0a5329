import type { Alert } from '../alert.ts';
import { flat, given, stepping } from '../inputs.ts';
import {
  above,
  atLeast,
  both,
  divided,
  each,
  earlier,
  equal,
  max,
  metric,
  minus,
  overTime,
  since,
  without,
} from '../promql/index.ts';

const [MINUTE, HOUR, DAY] = [60, 3_600, 86_400] as const;
const EXPORT_OLDEST = 90 * MINUTE;
const DAILY_OLDEST = 26 * HOUR;
/** Cloud SQL begins its own at any moment of four hours: from one to the next may be 28 of them. */
const MANAGED_OLDEST = 30 * HOUR;
const LOG_LATE = 15 * MINUTE;
/** Ten minutes before what is promised, one hour, is broken. */
const LOG_LOST = 50 * MINUTE;
const DRILL_OLDEST = 8 * DAY;
const DRILL_FORGOTTEN = 15 * DAY;
const SLOWEST = 2 * HOUR;
const MOST_UNUSUAL = 0.4;
const target = 'folder' as const;

type Kind = 'full' | 'wal' | 'export' | 'export_rest' | 'platform';
type Target = 'folder' | 'cloudsql';
const done = (kind: Kind, values: string, to: Target = target) =>
  given(metric('backupLastSuccess', { kind, target: to }), values);
const planned = (kind: Kind, to: Target = target) => given(metric('backupInterval', { kind, target: to }), flat(HOUR));
const size = (kind: Kind, values: string, to: Target = target) =>
  given(metric('backupSize', { kind, target: to }), values);
const reached = (values: string, to: Target = target) => given(metric('backupLatestRecovery', { target: to }), values);
const objects = (kind: Kind, values: string) => given(metric('backupObjects', { kind, target }), values);
const locked = (kind: Kind, values: string) => given(metric('backupObjectsLocked', { kind, target }), values);
type Scenario = 'newest' | 'older' | 'cloudsql';
const drilled = (values: string, scenario: Scenario = 'newest') =>
  given(metric('drillLastSuccess', { scenario }), values);
const drillPlanned = (scenario: 'newest' | 'cloudsql' = 'newest') =>
  given(metric('drillInterval', { scenario }), flat(7 * DAY));
const lastDrills = max(metric('drillLastSuccess'), 'scenario');
/** An older backup is drilled beside the newest one, where there is one: it is never planned by itself. */
const plannedDrills = max(metric('drillInterval'), 'scenario');
const usual = metric('backupSize', { kind: { oneOf: ['full', 'export', 'export_rest'] } });

export const recoveryAlerts: readonly Alert[] = [
  {
    name: 'BackupMissing',
    summary:
      'Backups of kind {{ $labels.kind }} ({{ $labels.target }}) are planned, and there is not one that is whole: what is lost now is lost for good.',
    expr: without(max(metric('backupInterval'), 'kind', 'target'), max(metric('backupLastSuccess'), 'kind', 'target'), {
      on: ['kind', 'target'],
    }),
    for: '2h',
    severity: 'page',
    service: 'recovery',
    reason:
      'An age alone says nothing of what was never done. The first of each kind is taken at once, so two hours are one attempt and all that follow it.',
    panel: 'recovery/backups',
    tests: {
      every: '10m',
      over: [planned('full')],
      firesAt: '2h',
      labels: { kind: 'full', target: 'folder' },
      under: { 'there is one': [planned('full'), done('full', flat(0))], 'none is planned': [done('full', flat(0))] },
      noise: [planned('export'), done('export', flat(0))],
      also: {
        'Cloud SQL has none, or cannot be asked, and the folder has one': {
          over: [planned('full', 'cloudsql'), planned('full'), done('full', flat(0))],
          firesAt: '2h',
          labels: { kind: 'full', target: 'cloudsql' },
        },
      },
    },
  },
  stale('export', EXPORT_OLDEST, '5m', 'page', {
    losing: 'the newest signals, keys and acknowledgements',
    reason:
      'It is hourly and takes minutes; at an hour and a half one was missed, half an hour after what is promised.',
    every: '1m',
    firesAt: '96m',
  }),
  stale('full', DAILY_OLDEST, '20m', 'page', {
    losing: 'time, with every day of the log that a restore must replay',
    reason: 'It is daily; two hours more are its retries.',
    every: '10m',
    firesAt: '1590m',
    of: 'folder',
  }),
  stale('full', MANAGED_OLDEST, '20m', 'page', {
    losing: 'time, with every day of the log that a restore must replay',
    reason:
      'Cloud SQL takes it daily, and begins at any moment of a window of four hours: from one to the next are 28 hours at most. While it cannot be asked, the last that is known grows old.',
    every: '10m',
    firesAt: '1830m',
    of: 'cloudsql',
  }),
  stale('export_rest', DAILY_OLDEST, '20m', 'ticket', {
    losing: 'bars, which can be fetched again',
    reason: 'It is daily, and what it holds comes again from the feed: it can wait until morning.',
    every: '10m',
    firesAt: '1590m',
  }),
  stale('platform', DAILY_OLDEST, '20m', 'ticket', {
    losing: 'what was made of the platform since, and must find it out by hand',
    reason: 'It is daily, and the platform changes seldom; what it holds is kept elsewhere too, so it can wait.',
    every: '10m',
    firesAt: '1590m',
  }),
  {
    name: 'BackupSizeAnomaly',
    summary:
      'The newest backup of kind {{ $labels.kind }} ({{ $labels.target }}) differs by {{ $value | humanizePercentage }} from the usual size of the week.',
    // In the first week of a kind nothing is usual: a young database doubles from hour to hour.
    expr: both(
      above(
        each(
          'abs',
          minus(
            divided(max(usual, 'kind', 'target'), max(overTime('avg', metric('backupSize'), '7d'), 'kind', 'target'), {
              on: ['kind', 'target'],
            }),
            1,
          ),
        ),
        MOST_UNUSUAL,
      ),
      max(earlier(metric('backupSize'), '6d'), 'kind', 'target'),
    ),
    for: '0s',
    severity: 'ticket',
    service: 'recovery',
    limit: { value: MOST_UNUSUAL, unit: 'ratio' },
    reason:
      'Half a backup is the sign of rows that are gone before anybody has missed them. Data grows by a few hundredths a week. Of the log all that there is is counted, so it has no usual size.',
    panel: 'recovery/sizes',
    tests: {
      every: '1h',
      over: [size('full', '100x200 56x400')],
      firesAt: '201h',
      labels: { kind: 'full', target: 'folder' },
      under: {
        'a bit less than usual': [size('full', '100x200 65x400')],
        'a bit more than usual': [size('full', '100x200 135x400')],
        'on the line': [size('full', '_x57 7 _x143 3 stale')],
        'it is less, but of a kind that began five days ago': [size('full', '_x80 100x120 56x400')],
        'the log, which only grows': [size('wal', '100x200 900x400')],
      },
      noise: [size('export_rest', flat(100)), size('wal', '100x200 900x400')],
      quietUntil: '230h',
      also: {
        'more than usual': {
          over: [size('export', '100x200 150x400')],
          firesAt: '201h',
          labels: { kind: 'export', target: 'folder' },
        },
        'that of Cloud SQL, beside a larger one of the folder': {
          over: [size('full', '100x200 56x400', 'cloudsql'), size('full', flat(900))],
          firesAt: '201h',
          labels: { kind: 'full', target: 'cloudsql' },
        },
      },
      stops: { over: [size('full', '100x200 56x900')], at: '226h' },
    },
  },
  {
    name: 'BackupUnlocked',
    summary:
      '{{ $value }} objects of the newest backup of kind {{ $labels.kind }} can be taken away: whoever breaks in can take the backups, too.',
    expr: above(minus(max(metric('backupObjects'), 'kind'), max(metric('backupObjectsLocked'), 'kind')), 0),
    for: '10m',
    severity: 'page',
    service: 'recovery',
    reason:
      'A retention that was taken away or made shorter counts at once for all that is stored. Nobody does that by accident, and backups are what is left after an intruder. Ten minutes are several looks at the bucket.',
    panel: 'recovery/backups',
    tests: {
      over: [objects('export', flat(9)), locked('export', stepping(10, 9, 8.9))],
      firesAt: '21m',
      labels: { kind: 'export' },
      under: {
        'all are locked': [objects('export', flat(9)), locked('export', flat(9))],
        'a folder, which can lock nothing': [objects('export', flat(9))],
        'a backup that grew between two looks': [objects('export', flat(9)), locked('export', flat(9.1))],
      },
      noise: [objects('full', flat(9)), locked('full', flat(9)), objects('export_rest', flat(99))],
    },
  },
  lag('late', LOG_LATE, 'ticket', {
    reason:
      'The log is taken away each minute; a quarter of an hour is many attempts that failed, and still a quarter of what may be lost.',
    firesAt: '21m',
  }),
  lag('lost', LOG_LOST, 'page', {
    reason: 'Ten minutes before the loss of the database would lose more than the hour that is promised.',
    firesAt: '56m',
  }),
  {
    name: 'WalArchiveLag',
    about: 'nothing',
    summary:
      'The log ({{ $labels.target }}) is taken away, and there is no moment that could be recovered along it: what is lost now is lost for good.',
    expr: without(
      max(metric('backupInterval', { kind: 'wal' }), 'target'),
      max(metric('backupLatestRecovery'), 'target'),
      {
        on: ['target'],
      },
    ),
    for: '2h',
    severity: 'page',
    service: 'recovery',
    reason:
      'An age alone says nothing of what cannot be at all: there is no whole base backup, or the log that it needs itself has a gap; in Cloud SQL recovery to a point in time is off, or it could never be asked. The first is taken at once, so two hours are one attempt and all that follow it.',
    panel: 'recovery/log',
    tests: {
      every: '10m',
      over: [planned('wal')],
      firesAt: '2h',
      labels: { target: 'folder' },
      under: {
        'there is a moment': [planned('wal'), reached(flat(0))],
        'none is planned': [reached(flat(0))],
        'only exports are planned': [planned('export')],
      },
      also: {
        'Cloud SQL has no moment, and the folder has one': {
          over: [planned('wal', 'cloudsql'), planned('wal'), reached(flat(0))],
          firesAt: '2h',
          labels: { target: 'cloudsql' },
        },
      },
    },
  },
  {
    name: 'RestoreDrillOverdue',
    about: 'never',
    summary:
      'Drills ({{ $labels.scenario }}) are planned, and no backup was ever restored: whether there is one that can be is not known.',
    expr: without(plannedDrills, lastDrills, { on: ['scenario'] }),
    for: '8d',
    severity: 'ticket',
    service: 'recovery',
    reason: 'An age alone says nothing of what was never done. A drill is weekly.',
    panel: 'recovery/drills',
    tests: {
      every: '12h',
      over: [drillPlanned()],
      firesAt: '8d',
      labels: { scenario: 'newest' },
      under: { 'there was one': [drillPlanned(), drilled(flat(0))], 'none is planned': [drilled(flat(0))] },
      noise: [drilled(flat(0), 'older')],
      also: {
        'what Cloud SQL keeps was never restored, and a backup of before was': {
          over: [drillPlanned('cloudsql'), drillPlanned(), drilled(flat(0))],
          firesAt: '8d',
          labels: { scenario: 'cloudsql' },
        },
      },
    },
  },
  overdue('8 days', DRILL_OLDEST, 'ticket', {
    reason: 'A drill is weekly; a day more is its retry and a night.',
    firesAt: '205h',
  }),
  overdue('15 days', DRILL_FORGOTTEN, 'page', {
    reason:
      'Two in a row were missed and the ticket of the first was not heard: a backup that nobody has restored is none.',
    firesAt: '373h',
  }),
  {
    name: 'RestoreDrillFailed',
    summary:
      'The {{ $labels.scenario }} backup was restored for a drill and is not what it should be, or could not be restored.',
    expr: equal(max(metric('drillSuccess'), 'scenario'), 0),
    for: '0s',
    severity: 'ticket',
    service: 'recovery',
    reason:
      'One may be the fault of the drill. The next one is in a week: somebody looks before that, and runs it again.',
    panel: 'recovery/drill-result',
    tests: {
      over: [given(metric('drillSuccess', { scenario: 'older' }), stepping(10, 1, 0))],
      firesAt: '11m',
      labels: { scenario: 'older' },
      under: { 'it passed': [given(metric('drillSuccess', { scenario: 'older' }), flat(1))] },
      noise: [given(metric('drillSuccess', { scenario: 'newest' }), flat(1))],
    },
  },
  {
    name: 'RestoreDrillFailed',
    about: 'twice',
    summary:
      '{{ $value }} drills of the {{ $labels.scenario }} backup have failed in a row: there may be no backup that can be restored.',
    expr: atLeast(max(metric('drillFailures'), 'scenario'), 2),
    for: '0s',
    severity: 'page',
    service: 'recovery',
    limit: { value: 2, unit: 'count' },
    reason: 'The second failure says that it is the backups.',
    panel: 'recovery/drill-result',
    tests: {
      over: [given(metric('drillFailures', { scenario: 'newest' }), stepping(10, 1, 2))],
      firesAt: '11m',
      labels: { scenario: 'newest' },
      under: { 'less than two': [given(metric('drillFailures', { scenario: 'newest' }), flat(1.9))] },
      noise: [given(metric('drillFailures', { scenario: 'older' }), flat(0))],
    },
  },
  {
    name: 'RestoreTooSlow',
    summary:
      'The last drill of the {{ $labels.scenario }} backup took {{ $value | humanizeDuration }} until the restored database answered.',
    expr: above(max(metric('drillRto'), 'scenario'), SLOWEST),
    for: '0s',
    severity: 'ticket',
    service: 'recovery',
    limit: { value: SLOWEST, unit: 'seconds' },
    reason: 'Half of the four hours that are promised after the loss of a region: the other half is for people.',
    panel: 'recovery/drill-time',
    tests: {
      over: [given(metric('drillRto', { scenario: 'newest' }), stepping(10, SLOWEST, SLOWEST + 60))],
      firesAt: '11m',
      labels: { scenario: 'newest' },
      under: {
        'just under two hours': [given(metric('drillRto', { scenario: 'newest' }), flat(SLOWEST - 60))],
        'two hours': [given(metric('drillRto', { scenario: 'newest' }), flat(SLOWEST))],
      },
    },
  },
];

type Words = {
  readonly losing: string;
  readonly reason: string;
  readonly every: '1m' | '10m';
  readonly firesAt: Alert['for'];
  /** Of this target alone; of whatever there is when left out. */
  readonly of?: Target;
};

function stale(
  kind: Exclude<Kind, 'wal'>,
  oldest: number,
  wait: '5m' | '20m',
  severity: 'page' | 'ticket',
  words: Words,
): Alert {
  const other = kind === 'export' ? 'full' : 'export';
  const { of } = words;
  const newest =
    of === undefined ? metric('backupLastSuccess', { kind }) : metric('backupLastSuccess', { kind, target: of });
  const beside: Target = of === 'cloudsql' ? 'folder' : 'cloudsql';
  return {
    name: 'BackupTooOld',
    about: of === 'cloudsql' ? `${kind} of Cloud SQL` : kind,
    summary: `The newest backup of kind ${kind}${of === 'cloudsql' ? ' of Cloud SQL' : ''} is {{ $value | humanizeDuration }} old: whoever loses the database loses ${words.losing}.`,
    expr: above(since(max(newest)), oldest),
    for: wait,
    severity,
    service: 'recovery',
    limit: { value: oldest, unit: 'seconds' },
    reason: words.reason,
    panel: 'recovery/backups',
    tests: {
      every: words.every,
      over: [done(kind, flat(0), of)],
      firesAt: words.firesAt,
      under: {
        'just under the line': [done(kind, `${5 - oldest}+${words.every === '1m' ? 60 : 600}x400`, of)],
        'on the line': [done(kind, `${-oldest}+${words.every === '1m' ? 60 : 600}x400`, of)],
      },
      noise: [done(other, '0+600x400', of), ...(of === undefined ? [] : [done(kind, '0+600x400', beside)])],
      quietUntil: '60h',
    },
  };
}

function lag(
  about: string,
  oldest: number,
  severity: 'page' | 'ticket',
  { reason, firesAt }: Pick<Words, 'reason' | 'firesAt'>,
): Alert {
  return {
    name: 'WalArchiveLag',
    about,
    summary:
      'The database could be recovered ({{ $labels.target }}) up to {{ $value | humanizeDuration }} ago and no further: what is younger would be lost with it.',
    expr: above(since(max(metric('backupLatestRecovery'), 'target')), oldest),
    for: '5m',
    severity,
    service: 'recovery',
    limit: { value: oldest, unit: 'seconds' },
    reason: `${reason} Counted along the files up to the first gap, so that a segment that is missing counts like one that is late. Cloud SQL takes it away every five minutes or sooner and is asked every two; while it cannot be asked, the last moment that is known grows old.`,
    panel: 'recovery/log',
    tests: {
      over: [reached(flat(0))],
      firesAt,
      labels: { target: 'folder' },
      under: {
        'just under the line': [reached(`${5 - oldest}+60x400`)],
        'on the line': [reached(`${-oldest}+60x400`)],
      },
      also: {
        'Cloud SQL is late, and the folder is not': {
          over: [reached(flat(0), 'cloudsql'), reached('0+60x400')],
          firesAt,
          labels: { target: 'cloudsql' },
        },
      },
    },
  };
}

function overdue(
  about: string,
  oldest: number,
  severity: 'page' | 'ticket',
  { reason, firesAt }: Pick<Words, 'reason' | 'firesAt'>,
): Alert {
  return {
    name: 'RestoreDrillOverdue',
    about,
    summary:
      'No backup ({{ $labels.scenario }}) has been restored for {{ $value | humanizeDuration }}: whether the newest ones can be is not known.',
    expr: both(above(since(lastDrills), oldest), plannedDrills),
    for: '12h',
    severity,
    service: 'recovery',
    limit: { value: oldest, unit: 'seconds' },
    reason,
    panel: 'recovery/drills',
    tests: {
      every: '1h',
      over: [drilled(flat(0)), drillPlanned()],
      firesAt,
      labels: { scenario: 'newest' },
      under: {
        'just under the line': [drilled(`${5 - oldest}+3600x400`), drillPlanned()],
        'on the line': [drilled(`${-oldest}+3600x400`), drillPlanned()],
        'they are planned no more': [drilled(flat(0))],
      },
      noise: [drilled('0+3600x400', 'older')],
      also: {
        'that of Cloud SQL, and not the other': {
          over: [drilled(flat(0), 'cloudsql'), drillPlanned('cloudsql'), drilled('0+3600x400'), drillPlanned()],
          firesAt,
          labels: { scenario: 'cloudsql' },
        },
      },
      quietUntil: '398h',
    },
  };
}
