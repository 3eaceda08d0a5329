import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { read } from './options.ts';
import { main } from './run.ts';

async function said(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const lines: string[] = [];
  const code = await main(args, env, (line) => lines.push(line));
  return { code, lines, text: lines.join('\n') };
}

/** Answers queries as Prometheus does, and remembers them. */
async function prometheus(result: readonly unknown[], status = 200) {
  const asked: { query: string | null; token: string | undefined }[] = [];
  const server = createServer(async (request, response) => {
    const parts = await request.toArray();
    const form = new URLSearchParams(Buffer.concat(parts).toString('utf8'));
    asked.push({ query: form.get('query'), token: request.headers.authorization });
    response.statusCode = status;
    response.end(JSON.stringify({ status: 'success', data: { resultType: 'vector', result } }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('npm run runbook', () => {
  it('prints the page with its queries, whatever the case of the name', async () => {
    const { code, lines, text } = await said(['marketdatastale']);
    expect(code).toBe(0);
    expect(lines[0]).toMatch(/^severity page · service market-data/);
    expect(lines).toContain('# MarketDataStale');
    expect(text).toContain('((time() - max by (feed, market) (market_data_last_bar_timestamp_seconds');
    expect(text).not.toContain('last_drilled');
  });

  it('leaves out what is carried out by machines', async () => {
    expect((await said(['RedisDown'])).text).not.toMatch(/drill|REDIS_PORT/);
  });

  it('says what has to be set before commands can be pasted', async () => {
    expect((await said(['PodNotReady'])).text).toMatch(/^set first: POD=\S+ {3}\(the label pod of the alert\)$/m);
  });

  it('says it of what stands in the middle of a sentence, and once', async () => {
    const { text } = await said(['RedisDown']);
    expect(text.match(/^set first: COMMIT=/gm)).toHaveLength(1);
  });

  it('says of the last queries that they must give nothing, and of those of a heartbeat the contrary', async () => {
    const over = async (name: string) => /## Over when\n\n(.*)\n```promql/.exec((await said([name])).text)?.[1];
    expect(await over('RedisDown')).toBe('It is over when this gives nothing for five minutes:');
    expect(await over('BackupTooOld')).toBe('It is over when these give nothing for five minutes:');
    expect(await over('grow-the-database')).toBe('It is over when these give nothing for five minutes:');
    expect(await over('Watchdog')).toMatch(/^It is over when this gives something/);
  });

  it('puts under each query what it gives now, the largest first', async () => {
    const { url, asked } = await prometheus([
      { metric: { feed: 'coinbase' }, value: [0, '3'] },
      { metric: { feed: 'alpaca_sip', market: 'XNYS' }, value: [0, '181'] },
    ]);
    const { code, lines } = await said(['MarketDataStale', '--prometheus', url], { PROMETHEUS_TOKEN: 'secret' });
    expect(code).toBe(0);
    const query = lines.findIndex((line) => line.startsWith('topk(5, time()'));
    expect(lines.slice(query + 1, query + 3)).toEqual([
      '    = 181  feed=alpaca_sip market=XNYS',
      '    = 3  feed=coinbase',
    ]);
    expect(asked.map((one) => one.query)).toEqual(
      lines.filter((line, index) => !line.startsWith(' ') && lines[index + 1]?.startsWith('    = ')),
    );
    expect(new Set(asked.map((one) => one.token))).toEqual(new Set(['Bearer secret']));
  });

  it('asks for the release that is meant, and says so where nobody has said which', async () => {
    const { url, asked } = await prometheus([]);
    const about = () => asked.map(({ query }) => query).filter((query) => query?.includes('build_info{'));
    expect((await said(['replay-after-a-bad-deploy'], { PROMETHEUS_URL: url })).text).toContain(
      '    not asked: COMMIT is not set',
    );
    expect(about()).toEqual([]);
    await said(['replay-after-a-bad-deploy'], { PROMETHEUS_URL: url, COMMIT: 'abc' });
    expect(about()).toEqual(['count by (role) (build_info{commit="abc", role!="synthetic"})']);
  });

  it('says that a query gives nothing', async () => {
    const { url } = await prometheus([]);
    expect((await said(['RedisDown'], { PROMETHEUS_URL: url })).text).toContain('    = nothing');
  });

  it('prints the page all the same when nobody answers, and says so once', async () => {
    const { url } = await prometheus([], 503);
    for (const address of [url, 'http://127.0.0.1:1']) {
      const { code, text } = await said(['RedisDown', '--prometheus', address]);
      expect(code).toBe(1);
      expect(text.match(/the queries could not be asked: /g)).toHaveLength(1);
      expect(text).toContain('## Escalate');
    }
  });

  it('lists every page', async () => {
    const { code, lines } = await said(['--list']);
    expect(code).toBe(0);
    expect(lines).toContainEqual(expect.stringMatching(/^ApiDown +page +api$/));
    expect(lines).toContainEqual(expect.stringMatching(/^region-failover +procedure$/));
  });

  it('names the page that is meant', async () => {
    for (const [given, meant] of [
      ['MarketDataStail', 'MarketDataStale'],
      ['RedisDwn', 'RedisDown'],
      ['failover', 'region-failover'],
    ] as const)
      expect(await said([given])).toMatchObject({ code: 2, text: expect.stringContaining(`did you mean ${meant}?`) });
  });

  it('refuses what is no page, no single page and no address', async () => {
    expect((await said(['zzzzzzzzzzzz'])).text).toBe('there is no page "zzzzzzzzzzzz" --list has all');
    expect((await said([])).code).toBe(2);
    expect((await said(['ApiDown', 'RedisDown'])).code).toBe(2);
    expect((await said(['ApiDown', '--now'])).code).toBe(2);
    expect(read(['ApiDown', '--prometheus', 'here'], {}, ['ApiDown'])).toEqual({
      kind: 'wrong',
      message: '--prometheus is "here", expected http:// or https://',
    });
  });
});
