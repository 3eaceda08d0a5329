import { beforeAll, describe, expect, it } from 'vitest';
import { alerts } from '../../alerts/index.ts';
import { readPage } from '../../runbooks/page/page.ts';
import { commandsOf } from './checks/words.ts';
import { anchorsIn } from './inventory/anchors.ts';
import { serviceOptions } from './inventory/commands.ts';
import { staticFindings } from './static.ts';
import { verifyCases } from './verify/cases.ts';
import { procedures } from './verify/procedures.ts';
import { verify } from './verify/promtool.ts';
import { readWorld, regenerated, type World } from './world.ts';

let world: World;
beforeAll(async () => {
  world = await readWorld();
});

/** All pages, of which one has been changed. */
function with_(name: string, change: (text: string) => string): World {
  return {
    ...world,
    pages: world.pages.map((page) => {
      if (page.name !== name) return page;
      const before = `${page.lines.join('\n')}\n`;
      const after = change(before);
      if (after === before) throw new Error(`nothing was changed in ${name}`);
      return readPage(name, after);
    }),
  };
}

async function complaints(changed: World): Promise<string[]> {
  return staticFindings(changed);
}

it('has nothing against the pages as they are', async () => {
  expect(await complaints(world)).toEqual([]);
});

it('names an alert without a page', async () => {
  const pages = world.pages.filter(({ name }) => name !== 'PdbBlocking');
  expect(await complaints({ ...world, pages })).toContain(
    'alerts/ PdbBlocking has no page, expected runbooks/PdbBlocking.md',
  );
});

it('names a page without an alert', async () => {
  const subjects = world.subjects.filter(({ name }) => name !== 'PdbBlocking');
  expect((await complaints({ ...world, subjects })).join('\n')).toContain('no alert is called PdbBlocking');
});

it('names a list of pages that is old', async () => {
  const index = world.index.replace('MarketDataStale', 'MarketDataOld');
  expect(await complaints({ ...world, index })).toEqual([
    'runbooks/README.md:1 is not what the pages say: npm run docs writes it',
  ]);
});

describe('fails by', () => {
  const cases: readonly [what: string, page: string, from: string | RegExp, to: string, says: string][] = [
    [
      'a misspelt deployment',
      'SignalsSilent',
      'restart deployment/pipeline',
      'restart deployment/pipline',
      'there is no deployment pipline',
    ],
    ['a misspelt namespace', 'SignalsSilent', '-n heliograph', '-n heliograf', 'there is no namespace heliograf'],
    ['a misspelt container', 'SignalsSilent', '-c pipeline', '-c pipelin', 'no pod has a container pipelin'],
    ['a label that no pod has', 'SignalsSilent', 'component=pipeline', 'component=engine', 'no pod is labelled engine'],
    [
      'a misspelt instance',
      'DatabaseDown',
      'heliograph-production-database',
      'heliograph-production-db',
      'nothing is called heliograph-production-db',
    ],
    [
      'a misspelt secret',
      'rotate-a-secret',
      'secret alpaca-api-key',
      'secret alpaca-key',
      'there is no secret alpaca-key',
    ],
    ['a loop that is not closed', 'RedisDown', '; do sleep 0.2; done', '; do sleep 0.2', 'bash cannot read it'],
    [
      'an unknown metric under Confirm',
      'SignalsSilent',
      'model_version_info',
      'model_version',
      'nothing emits model_version',
    ],
    ['an unknown label', 'ApiDown', 'up{job=', 'up{jop=', 'up has no label jop'],
    [
      'a label to group by that only other series have',
      'QueueDepthHigh',
      'max by (queue) (queue_depth)',
      'max by (job_name) (queue_depth)',
      'no series of the query has the label job_name',
    ],
    [
      'a query that cannot be read',
      'RedisDown',
      'max by (instance, connection) (redis_up)',
      'max by (instance, connection) (redis_up',
      'the query cannot be read',
    ],
    [
      'a script that is not there',
      'MarketCalendarExpiring',
      'npm run proof:calendar',
      'npm run proof:calender',
      'there is no npm script proof:calender',
    ],
    [
      'an option that a script does not take',
      'QueueBacklog',
      '-- --through worker --write',
      '-- --through worker --commit',
      'npm run sql has no option --commit',
    ],
    [
      'an option that a task does not take',
      'backup-restore',
      '--restore "$RESTORED"',
      '--restored "$RESTORED"',
      'has no option --restored',
    ],
    [
      'a key that the configuration has not',
      'HpaMaxedOut',
      'config set workloads',
      'config set workload',
      'the configuration has no key workload',
    ],
    [
      'a value that the configuration refuses',
      'HpaMaxedOut',
      '"maxReplicas":20',
      '"maxReplica":20',
      'workloads does not take',
    ],
    ['a stack that is not there', 'HpaMaxedOut', 'up --stack production', 'up --stack prod', 'there is no stack prod'],
    [
      'a setting that the role does not read',
      'ModelAccuracyBelow60',
      'deployment/pipeline REQUIRE_EDGE=',
      'deployment/api REQUIRE_EDGE=',
      'role api does not read REQUIRE_EDGE',
    ],
    [
      'a variable that nobody declares',
      'PodNotReady',
      'describe pod "$POD"',
      'describe pod "$PODS"',
      '$PODS is neither set before nor declared',
    ],
    [
      'a variable that is set only afterwards',
      'backup-restore',
      '```sh\nRESTORED=',
      '```sh\necho "$RESTORED"\n```\n\n```sh\nRESTORED=',
      '$RESTORED is neither set before nor declared',
    ],
    [
      'a variable that only the drill sets',
      'rotate-a-secret',
      'read -rs VALUE',
      'echo "$prefix"; read -rs VALUE',
      '$prefix is neither set before nor declared',
    ],
    ['an undo by a step that is not there', 'backup-restore', 'Undo: step 1.', 'Undo: step 9.', 'there is no step 9'],
    [
      'one of several steps that is not there',
      'restore-in-the-cluster',
      'Undo: steps 1 and 2.',
      'Undo: steps 1 and 7.',
      'there is no step 7',
    ],
    [
      'a part of the configuration that its object has not',
      'grow-the-database',
      'database.tier db-perf-optimized-N-8 --stack dr',
      'database.teir db-perf-optimized-N-8 --stack dr',
      'database.teir does not take db-perf-optimized-N-8',
    ],
    [
      'a number that a part of the configuration refuses',
      'grow-the-database',
      'database.connections 800 --stack dr',
      'database.connections 8 --stack dr',
      'database.connections does not take 8',
    ],
    [
      'a query of a procedure that no story asks',
      'region-failover',
      '```promql\nabsent(',
      '```promql\nvector(1)\nabsent(',
      'tells of nothing that it gives',
    ],
    [
      'a place that is left open',
      'ApiDown',
      'deployment/api --timeout=3m',
      'deployment/<name> --timeout=3m',
      'is left open',
    ],
    [
      'a text that the service does not log',
      'RedisDown',
      'Redis is back',
      'Redis is there',
      'nothing in backend/ says',
    ],
    [
      'a dead link',
      'ApiDown',
      '](DatabaseConnectionFailures.md)',
      '](DatabaseGone.md)',
      'a link leads to DatabaseGone.md',
    ],
    [
      'a label value that no series has',
      'WalArchiveLag',
      'queue="backup-wal"',
      'queue="backup-wall"',
      'queue_oldest_job_age_seconds has no queue "backup-wall"',
    ],
    ['a timeframe that there is not', 'SignalsSilent', 'timeframe="1m"', 'timeframe="1min"', 'has no timeframe "1min"'],
    [
      'a market without a calendar',
      'region-failover',
      'absent(max(up{job="heliograph", role=~"api|all"} == 1))',
      'market:open{market="XNYC"}',
      'market:open has no market "XNYC"',
    ],
    [
      'a role in which a family says nothing',
      'ModelInferenceSlow',
      'nodejs_eventloop_lag_p99_seconds{role="pipeline"}',
      'load_event_loop_delay_seconds{role="pipeline"}',
      'load_event_loop_delay_seconds has no role "pipeline", expected one of api, all',
    ],
    ['one misspelt alternative of a pattern', 'region-failover', '"api|all"', '"apy|all"', 'up has no role "apy"'],
    [
      'a label value that nobody else emits',
      'PodNotReady',
      'condition="true"',
      'condition="yes"',
      'has no condition "yes", expected one of true, false, unknown',
    ],
    [
      'a promise that nobody makes',
      'RecoveryBudgetBurnSlow',
      'slo:budget_left:ratio30d{slo="dr"}',
      'slo:budget_left:ratio30d{slo="drr"}',
      'has no slo "drr"',
    ],
    [
      'a text with a comma that the service does not log',
      'SignalsSilent',
      'the database is away, trying again',
      'the database is away, trying anew',
      'nothing in backend/ says "the database is away, trying anew"',
    ],
    [
      'a way to the database through a role that is not there',
      'SignalsSilent',
      '--through pipeline',
      '--through pipelin',
      '--through is pipelin, expected one of api, pipeline, worker',
    ],
    [
      'a link to a head that is not in the file',
      'ApiDown',
      '](DatabaseConnectionFailures.md)',
      '](DatabaseConnectionFailures.md#fixes)',
      'runbooks/DatabaseConnectionFailures.md has no such head',
    ],
    [
      'an annotation that nobody reads',
      'DatabaseDiskFullSoon',
      'autoscaling.keda.sh/paused-replicas',
      'autoscaling.keda.sh/pause-replicas',
      'nobody reads the annotation autoscaling.keda.sh/pause-replicas',
    ],
    [
      'stopping a role that its scaler brings back',
      'backup-restore',
      'annotate scaledobject worker --overwrite',
      'annotate scaledobject api --overwrite',
      'KEDA brings deployment worker back: annotate scaledobject worker before',
    ],
    ['a head that is missing', 'ApiDown', '## Escalate', '### Escalate', 'has no head Escalate'],
    ['heads in another order', 'ApiDown', /## Impact([\s\S]*?)## Confirm/, '## Confirm$1## Impact', 'heads are'],
    ['a head with nothing under it', 'DailyIngestionComplete', /\n\nNobody\.\n$/, '\n', 'says nothing under Escalate'],
    ['a step without its undo', 'ApiDown', 'Undo: the same command once more.', '', 'a step says nothing of its undo'],
    [
      'a page that is too long',
      'ApiDown',
      '## Escalate\n',
      `## Escalate\n${'\nmore'.repeat(30)}\n`,
      'expected at most 60',
    ],
    [
      'a first command that comes late',
      'ApiDown',
      '## Confirm\n',
      '## Confirm\n\nLook first.\n',
      'the first command comes after',
    ],
    [
      'a program that nobody has at hand',
      'ApiDown',
      'kubectl -n heliograph get pods',
      'k9s -n heliograph get pods',
      'k9s is no program',
    ],
    [
      'a query under Over when that was changed',
      'ApiDown',
      'absent(max(',
      'absent(min(',
      'are not what the tables say',
    ],
    [
      'a severity that is not that of the alert',
      'ApiDown',
      'severity: page',
      'severity: ticket',
      'are not what the tables say',
    ],
  ];
  it.each(cases)('%s', async (_, page, from, to, says) => {
    const found = await complaints(with_(page, (text) => text.replace(from, to)));
    expect(found.join('\n')).toContain(says);
    // The list of all pages shows what is said under Impact, and may be another too.
    const others = found.filter((line) => !line.startsWith(`runbooks/${page}.md:`));
    expect(others.filter((line) => !line.startsWith('runbooks/README.md:'))).toEqual([]);
  });
});

describe('the queries under Over when', () => {
  it('are each asked in the incident and beside its line', () => {
    for (const { name } of alerts) {
      const told = verifyCases(world).filter(({ page }) => page.name === name);
      expect(
        told.some(({ gives }) => gives),
        name,
      ).toBe(true);
      if (name !== 'Watchdog')
        expect(
          told.some(({ gives }) => !gives),
          name,
        ).toBe(true);
    }
  });

  it('are of a procedure asked of a healthy system, and of what it was opened for', async () => {
    const told = verifyCases(world).filter(({ page }) => page.name in procedures);
    expect(new Set(told.map(({ page }) => page.name)).size).toBe(8);
    const findings = await verify(told);
    if (findings !== null) expect(findings).toEqual([]);
  });

  it('are of a procedure not believed when they never give anything, nor when they always do', async () => {
    const change = (from: string, to: string) =>
      verifyCases(with_('rotate-a-secret', (text) => text.replace(from, to))).filter(
        ({ page }) => page.name === 'rotate-a-secret',
      );
    const blind = await verify(change('> 5400)', '> 99999999999)'));
    const alarmed = await verify(
      change('absent(max(market_data_feed_connected{role=~"pipeline|all"} == 1))', 'market_data_feed_connected == 0'),
    );
    if (blind === null || alarmed === null) return;
    expect(blind.join('\n')).toContain('the query gives nothing, expected something: nothing is exported with the key');
    expect(alarmed.join('\n')).toContain('the query gives something, expected nothing: all is well');
  });

  it('are not believed when they say "healthy" in the incident, nor "unhealthy" beside it', async () => {
    const change = (from: string, to: string) =>
      verifyCases(with_('MarketDataStale', (text) => text.replace(from, to))).filter(
        ({ page }) => page.name === 'MarketDataStale',
      );
    const blind = await verify(change('> 120)', '> 99999999999)'));
    const alarmed = await verify(change('> 120)', '> 1)'));
    if (blind === null || alarmed === null) return;
    expect(blind.join('\n')).toContain('the query gives nothing, expected something: the incident');
    expect(alarmed.join('\n')).toContain('the query gives something, expected nothing: two bars');
  });
});

it('knows a head by what a link calls it', () => {
  const text = '# One `two`, three\n\n```sh\n# no head\n```\n\n## [Four](a.md#b) & five_six\n';
  expect([...anchorsIn(text)]).toEqual(['one-two-three', 'four--five_six']);
});

it('writes a page back as it is', () => {
  for (const page of world.pages) expect(regenerated(world, page)).toBe(`${page.lines.join('\n')}\n`);
});

describe('a block of shell', () => {
  const programs = (text: string) => commandsOf(text).map(({ words }) => words.join(' '));

  it('is read as its commands, those inside others too', () => {
    expect(programs('a b | c && d; e "$(f g)" > h 2>&1 &\nX=1 i \\\n  j # k')).toEqual([
      'a b',
      'c',
      'd',
      'f g',
      'e $(f g)',
      'i j',
    ]);
  });

  it('knows loops, quotes and redirections', () => {
    expect(programs(`until a '$(b)' "c; d" 2> e; do f; done`)).toEqual(['a $(b) c; d', 'f', 'done']);
  });
});

it('finds the options of tasks in the table of commands', () => {
  const table =
    "const dir = new Option('--data-dir <f>', 'x');\nprogram.command('a').addOption(dir).addOption(new Option('--b', 'x'))\nprogram.command('c')";
  expect([...serviceOptions(table)]).toEqual([
    ['a', new Set(['--b', '--data-dir', '--help'])],
    ['c', new Set(['--help'])],
  ]);
});
