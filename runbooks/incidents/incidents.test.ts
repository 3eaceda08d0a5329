import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { alerts } from '../../alerts/index.ts';
import { policyTables, severities } from './policy.ts';
import { main } from './run.ts';
import type { Status } from './status.ts';
import { byAlert } from './users.ts';

const NOW = Date.parse('2026-11-20T14:30:00Z');
const MINUTE = 60_000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'incidents-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function say(args: readonly string[], now = NOW) {
  const lines: string[] = [];
  const code = await main([...args, '--by', 'ana'], { INCIDENT_DIR: join(folder, 'records') }, now, (line) =>
    lines.push(line),
  );
  return { code, text: lines.join('\n') };
}

async function done(args: readonly string[], now = NOW): Promise<string> {
  const { code, text } = await say(args, now);
  expect(text, args.join(' ')).not.toBe('');
  expect(code, text).toBe(0);
  return text;
}

const status = async (): Promise<Status> => JSON.parse(await readFile(join(folder, 'page/status.json'), 'utf8'));
const page = (): Promise<string> => readFile(join(folder, 'page/index.html'), 'utf8');
const ID = '20261120-1430-signals-come-late';
const OF_THE_HOUSE =
  /`|\$|_|quer(y|ies)|alert|cluster|pod|database|redis|cache|queue|backup|replica|series|deploy|promise/i;
const OPEN = ['open', '--alert', 'marketdatastale', '--title', 'Signals come late'] as const;

describe('npm run incident', () => {
  it('keeps an incident from its beginning to its end, and tells each time who has to know', async () => {
    expect(await done([...OPEN, '--at', '2026-11-20T14:20:00Z'])).toContain(
      `${ID} is open. Who has to know: on call.\nSignals come late\nSince 2026-11-20 14:20 UTC: `,
    );
    expect(await done(['note', ID, 'The feed is mute since a deploy of the venue'], NOW + 6 * MINUTE)).toBe(
      `${ID}: SEV2, 16 minutes. Must know by now: on call, second on call, incident lead, speaker. Next: owner of the service, head of operations in 44 minutes.`,
    );
    expect(await done(['severity', '20261120', 'SEV1', 'nobody gets anything'], NOW + 8 * MINUTE)).toContain(
      'SEV1, 18 minutes',
    );
    await done(['note', ID, 'The venue is restarted.', '--public', '--at', '2026-11-20T14:34:00Z'], NOW + 9 * MINUTE);
    await done(['resolve', ID, 'Signals come as they should.'], NOW + 20 * MINUTE);

    const record = JSON.parse(await readFile(join(folder, `records/${ID}.json`), 'utf8'));
    expect(record).toMatchObject({
      severity: 'SEV1',
      alerts: ['MarketDataStale'],
      components: ['market data', 'signals'],
      startedAt: '2026-11-20T14:20:00.000Z',
      resolvedAt: '2026-11-20T14:50:00.000Z',
      lead: 'ana',
    });
    expect(record.timeline.map(({ kind, at }: { kind: string; at: string }) => `${kind} ${at.slice(14, 16)}`)).toEqual([
      'opened 30',
      'note 34',
      'note 36',
      'severity 38',
      'resolved 50',
    ]);
    expect((await readdir(join(folder, 'records'))).toSorted()).toEqual([`${ID}.json`, 'status-page']);
    expect(await done(['list'])).toMatch(/^20261120-1430-signals-come-late +SEV1 {2}over {2}Signals come late$/);
    expect(await done(['show', ID])).toContain('2026-11-20 14:34 UTC  ana (public): The venue is restarted.');
  });

  it('keeps what several people write at the same time', async () => {
    await done([...OPEN]);
    const notes = Array.from({ length: 12 }, (_, index) => `note ${index}`);
    await Promise.all(
      [...notes.map((text) => ['note', ID, text]), ['resolve', ID, 'Well again.']].map((args) => done(args)),
    );
    const { timeline } = JSON.parse(await readFile(join(folder, `records/${ID}.json`), 'utf8'));
    const texts = timeline.map(({ text }: { text: string }) => text);
    expect(texts).toEqual(expect.arrayContaining([...notes, 'Well again.']));
    const kept = await readFile(join(folder, 'records/status-page/status.json'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ state: 'works', open: [] });
    expect((await readdir(join(folder, 'records'))).toSorted()).toEqual([`${ID}.json`, 'status-page']);
  });

  it('does not write over a record that somebody else is changing, and says which file to delete', async () => {
    await done([...OPEN]);
    const lock = join(folder, `records/${ID}.json.lock`);
    await writeFile(lock, '');
    const before = await readFile(join(folder, `records/${ID}.json`), 'utf8');
    expect(await say(['note', ID, 'late'])).toMatchObject({
      code: 1,
      text: expect.stringContaining(`if nobody is, delete ${lock}`),
    });
    expect(await readFile(join(folder, `records/${ID}.json`), 'utf8')).toBe(before);
  }, 20_000);

  it('says to users what they lose and when they hear again, and to the house who has to know', async () => {
    await done([...OPEN, '--impact', 'Signals are minutes late.']);
    expect(await done(['message', ID, 'first'])).toBe(
      'Signals come late\nSince 2026-11-20 14:30 UTC: Signals are minutes late.\nWe are working on it.\nThe next word comes within 60 minutes.',
    );
    expect(await done(['message', ID, 'update'])).toBe(
      'Signals come late\nStill so: Signals are minutes late.\nThe next word comes within 60 minutes.',
    );
    await done(['note', ID, 'Eva looks at the firewall'], NOW + MINUTE);
    await done(['note', ID, 'We have found the cause.', '--public'], NOW + 2 * MINUTE);
    await done(['note', ID, 'It was the firewall rule of Eva'], NOW + 3 * MINUTE);
    expect(await done(['message', ID, 'update'])).toContain(
      '2026-11-20 14:32 UTC: We have found the cause.\nStill so: Signals are minutes late.',
    );
    expect(await done(['message', ID, 'update', '--internal'], NOW + 20 * MINUTE)).toContain(
      'It was the firewall rule of Eva\n20 minutes so far.\nMust know by now: on call, second on call',
    );
    expect((await say(['message', ID, 'resolved'])).code).toBe(2);
    await done(['resolve', ID, 'The rule is gone.'], NOW + 30 * MINUTE);
    expect(await done(['message', ID, 'resolved'])).toBe(
      'Over: Signals come late\nFrom 2026-11-20 14:30 UTC to 2026-11-20 15:00 UTC, 30 minutes.\nThe rule is gone.\nClients that kept their cursor go on after the last signal that they have seen. One that is answered EPOCH_CHANGED goes on from the place that the answer names.',
    );
    expect((await say(['message', ID, 'first'])).text).toContain('is over, so there is no message first');
  });

  it.each([
    ['ClusterDown', 'SEV1', 'down'],
    ['ApiDown', 'SEV2', 'degraded'],
    ['ServiceUnreachable', 'SEV2', 'degraded'],
  ])('says of %s at %s that everything is %s', async (alert, severity, state) => {
    await done(['open', '--alert', alert, '--severity', severity]);
    await done(['status-page', '--to', join(folder, 'page')]);
    expect(await status()).toMatchObject({
      state,
      components: { answers: state, subscriptions: state, signals: state, 'market data': state },
    });
  });

  it('tells users nothing of what they do not notice, until it is worse', async () => {
    const opened = await done(['open', '--alert', 'MetricsAbsent']);
    expect(opened).toMatch(
      /SEV4 .*Series that alerts ask for are not there[\s\S]*Users notice nothing, so they are told/,
    );
    await done(['status-page', '--to', join(folder, 'page')]);
    expect(await status()).toMatchObject({ state: 'works', open: [] });

    await done(['severity', '20261120', 'SEV3', 'a second alert'], NOW + MINUTE);
    const message = await done(['message', '20261120', 'update'], NOW + MINUTE);
    expect(message).toMatch(/^We have found a fault\nStill so: We have found a fault\. What it means/);
    const worse = ['--impact', 'No new signals come.', '--component', 'signals'];
    await done(['severity', '20261120', 'SEV1', 'it is more', ...worse], NOW + 2 * MINUTE);
    await done(['status-page', '--to', join(folder, 'page')], NOW + 2 * MINUTE);
    expect(await status()).toMatchObject({
      components: { answers: 'works', signals: 'down' },
      open: [{ impact: 'No new signals come.', updates: [] }],
    });
    expect(`${message}${JSON.stringify(await status())}`).not.toMatch(/Series|about|alert/);
  });

  it('tells users no words of the house, whichever alert began it and however bad it is said to be', async () => {
    for (const [index, { name }] of alerts.entries()) {
      const at = NOW + index * MINUTE;
      await done(['open', '--alert', name, '--severity', 'SEV1'], at);
    }
    await done(['status-page', '--to', join(folder, 'page')], NOW + alerts.length * MINUTE);
    const { open } = await status();
    expect(open).toHaveLength(alerts.length);
    for (const { title, impact } of open) {
      expect(`${title} ${impact}`).not.toMatch(OF_THE_HOUSE);
      expect(impact.startsWith(title)).toBe(true);
    }
    for (const name of Object.keys(byAlert)) expect(alerts.map((alert) => alert.name)).toContain(name);
  }, 60_000);

  it('makes a status page of what is public, and of nothing else', async () => {
    expect(await done(['status-page', '--to', join(folder, 'page')])).toContain('works, 0 open');
    expect(await page()).toContain('<h1 class="works">All works</h1>');
    await done([...OPEN, '--title', '<b>Late & "lost"</b>', '--impact', 'Late.', '--severity', 'SEV1']);
    await done(['open', '--title', 'Only ours', '--impact', 'Nobody sees it.', '--severity', 'SEV4'], NOW + MINUTE);
    await done(['note', '20261120-1430', 'a secret of ours']);
    await done(['note', '20261120-1430', 'Better soon', '--public'], NOW + MINUTE);
    await done(['status-page', '--to', join(folder, 'page')], NOW + 2 * MINUTE);

    expect(await status()).toMatchObject({
      updatedAt: '2026-11-20T14:32:00.000Z',
      state: 'down',
      components: { answers: 'works', subscriptions: 'works', signals: 'down', 'market data': 'down' },
      open: [{ impact: 'Late.', updates: [{ at: '2026-11-20T14:31:00.000Z', text: 'Better soon' }] }],
      past: [],
    });
    const html = await page();
    expect(html).toContain('&#60;b&#62;Late &#38; &#34;lost&#34;&#60;/b&#62;');
    for (const text of [html, JSON.stringify(await status())]) expect(text).not.toMatch(/secret of ours|Only ours|ana/);
    expect(html).not.toMatch(/<script|http:|https:|src=/);
  });

  it('keeps the status page up with every change of a record, and the record where it cannot', async () => {
    const kept = async (): Promise<Status> =>
      JSON.parse(await readFile(join(folder, 'records/status-page/status.json'), 'utf8'));
    await done([...OPEN]);
    expect(await kept()).toMatchObject({ state: 'degraded', open: [{ title: 'Signals come late', updates: [] }] });
    await done(['note', ID, 'Better soon', '--public'], NOW + MINUTE);
    expect((await kept()).open[0]?.updates).toHaveLength(1);
    await done(['severity', ID, 'SEV1', 'nobody gets anything'], NOW + 2 * MINUTE);
    expect(await kept()).toMatchObject({ state: 'down', updatedAt: '2026-11-20T14:32:00.000Z' });

    await rm(join(folder, 'records/status-page'), { recursive: true });
    await writeFile(join(folder, 'records/status-page'), 'no folder');
    const { code, text } = await say(['resolve', ID, 'Well again.'], NOW + 3 * MINUTE);
    expect(code).toBe(1);
    expect(text).toContain(`${ID}: over\nthe record is kept, the status page is not: `);
    await rm(join(folder, 'records/status-page'));
    expect(await done(['status-page'], NOW + 4 * MINUTE)).toContain('works, 0 open, 1 in the past ninety days');
    expect(await kept()).toMatchObject({ state: 'works', open: [], past: [{ title: 'Signals come late' }] });
  });

  it('forgets on the status page what has been over for ninety days', async () => {
    await done([...OPEN]);
    await done(['resolve', ID, 'Well again.']);
    await done(['status-page', '--to', join(folder, 'page')], NOW + 89 * 1_440 * MINUTE);
    expect((await status()).past).toHaveLength(1);
    await done(['status-page', '--to', join(folder, 'page')], NOW + 91 * 1_440 * MINUTE);
    expect(await status()).toMatchObject({ state: 'works', open: [], past: [] });
  });

  it('begins the post-mortem with all that is known, and writes over nothing', async () => {
    await done([...OPEN, '--at', '2026-11-20T14:20:00Z', '--severity', 'SEV1']);
    await done(['note', ID, 'A | in a table'], NOW + MINUTE);
    await done(['resolve', ID, 'Well again.'], NOW + 10 * MINUTE);
    const text = await done(['postmortem', ID]);
    expect(text).toContain('| Noticed | 2026-11-20 14:30 UTC, 10 minutes later |');
    expect(text).toContain('| Lasted | 20 minutes |');
    expect(text).toContain('| Alerts | MarketDataStale (`runbooks/MarketDataStale.md`) |');
    expect(text).toContain('| 2026-11-20 14:31 UTC | ana | A \\| in a table |');
    expect(text).toContain('this is due within 3 working days');
    const file = join(folder, 'post/mortem.md');
    await done(['postmortem', ID, '--to', file]);
    expect(await readFile(file, 'utf8')).toBe(`${text}\n`);
    expect(await say(['postmortem', ID, '--to', file])).toMatchObject({
      code: 2,
      text: expect.stringContaining('expected a file that is not there yet'),
    });
  });

  it.each([
    [['begin'], 'the command is "begin", expected open, note, severity, resolve, list'],
    [['open', '--title', 'x'], '--impact (what users lose) is missing'],
    [['open', '--alert', 'Nothing'], 'there is no alert "Nothing"'],
    [[...OPEN, '--severity', 'high'], '--severity is "high", expected SEV1, SEV2, SEV3, SEV4'],
    [[...OPEN, '--component', 'coffee'], '--component is "coffee", expected answers, subscriptions'],
    [[...OPEN, '--at', 'yesterday'], '--at is "yesterday", expected a time in UTC such as'],
    [[...OPEN, '--at', '2026-11-20T15:30:00Z'], '--at is 2026-11-20T15:30:00Z, expected a time that has passed'],
    [['note', 'x', 'text'], 'there is no incident "x"'],
    [['note', ID], 'there is no incident'],
    [['show'], 'ID is missing'],
    [['open', '--nothing'], "Unknown option '--nothing'"],
  ] as const)('refuses %j', async (args, message) => {
    expect(await say(args)).toMatchObject({ code: 2, text: expect.stringContaining(message) });
  });

  it('refuses to change what is over, to open one twice, and a severity that it has', async () => {
    await done(OPEN);
    expect((await say(OPEN)).text).toContain('there is an incident 20261120-1430-signals-come-late already');
    expect((await say(['severity', ID, 'SEV2', 'because'])).text).toContain('is SEV2 already');
    expect((await say(['resolve', ID, 'x', '--at', '2026-11-20T14:00:00Z'])).text).toContain(
      'expected not before it began',
    );
    await done(['resolve', ID, 'x']);
    expect((await say(['resolve', ID, 'x'])).text).toContain('was resolved at 2026-11-20T14:30:00.000Z');
    // What is learnt afterwards belongs to the timeline too.
    await done(['note', ID, 'The logs show why']);
  });

  it('names a record that is none', async () => {
    await done(OPEN);
    const path = join(folder, 'records', `${ID}.json`);
    await writeFile(path, (await readFile(path, 'utf8')).replace('"SEV2"', '"bad"'));
    expect((await say(['list'])).text).toContain(`${path} is no incident: severity`);
  });

  it('tells its commands', async () => {
    expect((await say(['--help'])).text).toMatch(/^Keeps the record[\s\S]*Usage: npm run --silent incident -- COMMAND/);
    const lines: string[] = [];
    expect(await main([], {}, NOW, (line) => lines.push(line))).toBe(2);
  });
});

describe('the policy', () => {
  it('stands in the README', async () => {
    expect(await readFile(join(import.meta.dirname, 'README.md'), 'utf8')).toContain(policyTables());
    expect(await done(['policy'])).toBe(policyTables());
  });

  it('tells more people the longer it lasts, and the worse it is the sooner', () => {
    const order = Object.values(severities);
    for (const { steps } of order) {
      const times = steps.map(({ after }) => after);
      expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
      expect(times[0]).toBe(0);
    }
    for (const [index, { updateEvery }] of order.entries())
      expect(updateEvery ?? Number.POSITIVE_INFINITY).toBeGreaterThan(order[index - 1]?.updateEvery ?? 0);
  });
});
