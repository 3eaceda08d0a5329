import { request } from 'node:http';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../metrics/catalogue.ts';
import { libraryFamilies } from '../../metrics/library.ts';
import { playService, type ShownError } from './service.fixture.ts';

const played = playService();

describe('HTTP', () => {
  const send = (init: RequestInit, path = '/graphql') => fetch(`${played.service.url}${path}`, init);
  const json = { 'content-type': 'application/json' };

  it('refuses what a foreign page could send, several operations at once, and what is too large or no JSON', async () => {
    const query = '{"query":"{ health { status } }"}';
    const text = { 'content-type': 'text/plain' };
    expect(await told({}, '/graphql?query=%7Bhealth%7Bstatus%7D%7D')).toEqual([405, 'METHOD_NOT_ALLOWED']);
    expect(await told({ method: 'POST', headers: text, body: query })).toEqual([415, 'UNSUPPORTED_MEDIA_TYPE']);
    expect(await told({ method: 'POST', headers: json, body: `[${query}]` })).toEqual([400, 'BAD_REQUEST']);
    expect(await told({ method: 'POST', headers: json, body: '{"variables":{}}' })).toEqual([400, 'BAD_REQUEST']);
    expect(await told({ method: 'POST', headers: json, body: ' '.repeat(200_000) })).toEqual([413, 'BODY_TOO_LARGE']);
    expect(await told({ method: 'POST', headers: json, body: '{' })).toEqual([400, 'BAD_JSON']);
    expect(await told({}, '/nowhere')).toEqual([404, 'NOT_FOUND']);
  });

  it.each(['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('says which methods there are to a %s', async (method) => {
    const answer = await send({ method });
    expect([answer.status, answer.headers.get('allow')]).toEqual([405, 'POST']);
    expect(await told({ method })).toEqual([405, 'METHOD_NOT_ALLOWED']);
  });

  /** Status and code of a refusal, whose words have to be ours. */
  async function told(init: RequestInit, path?: string): Promise<[number, string | undefined]> {
    const answer = await send(init, path);
    const body = await answer.text();
    expect(body).not.toMatch(/FST_|[Ff]astify|[Aa]pollo|CSRF|preflight|[Bb]atching| at .*\.[jt]s/);
    const { error, errors } = JSON.parse(body) as { error?: { code: string }; errors?: ShownError[] };
    return [answer.status, error?.code ?? errors?.[0]?.extensions.code];
  }

  it('shows GraphiQL to a browser, from here alone', async () => {
    const page = await send({ headers: { accept: 'text/html' } });
    const html = await page.text();
    expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
    const files = [...html.matchAll(/(?:src|href)="([^"]+)"|from '([^']+)'/g)].map(
      (match) => match[1] ?? match[2] ?? '',
    );
    expect(files.length).toBeGreaterThan(3);
    for (const file of files.filter((name) => name !== 'data:,')) {
      expect(file).toMatch(/^\/graphql\/assets\//);
      expect((await send({}, file)).status, file).toBe(200);
    }
  });

  it('answers the probes on both ports, and tells more on the internal one alone', async () => {
    for (const path of ['/livez', '/readyz', '/startupz', '/health', '/api/v1/health', '/api/v1/readiness']) {
      for (const url of [played.service.url, played.service.internalUrl])
        expect((await fetch(url + path)).status, url + path).toBe(200);
    }
    for (const path of ['/metrics', '/health/detailed']) {
      expect((await fetch(played.service.url + path)).status).toBe(404);
      expect((await fetch(played.service.internalUrl + path)).status).toBe(200);
    }
    expect((await fetch(`${played.service.internalUrl}/graphql`)).status).toBe(404);
    const report = (await (await fetch(`${played.service.internalUrl}/health/detailed`)).json()) as { checks: object };
    expect(Object.keys(report)).toContain('system');
    expect(Object.keys(report.checks).sort()).toEqual(['cache', 'database', 'external_api']);
  });

  it('shows no metric that is not in the catalogue', async () => {
    expect((await played.post('{ nope }')).errors).toHaveLength(1);
    const page = await (await fetch(`${played.service.internalUrl}/metrics`)).text();
    const emitted = [...page.matchAll(/^# TYPE (\S+) /gm)].map((match) => match[1] ?? '');
    const known = new Set<string>([...Object.values(catalogue), ...libraryFamilies].map(({ name }) => name));
    expect(emitted.length).toBeGreaterThan(20);
    expect(emitted.filter((name) => !known.has(name))).toEqual([]);
    expect(page).toMatch(/^signals_published_total\{.*\} [1-9]/m);
    expect(page).toMatch(/^graphql_requests_total\{.*outcome="client_error".*\} [1-9]/m);
    expect(/^graphql_requests_total\{.*outcome="server_error".*\} [1-9]/m.exec(page)).toBeNull();
  });

  it.each([
    ['/graphql', 101],
    ['/', 404],
    ['/graphql/x', 404],
    ['/metrics', 404],
  ])('answers an upgrade to a WebSocket at %s with %i', async (path, status) => {
    expect(await upgrade(path)).toBe(status);
  });

  it('has nothing to say in its log about all of this', () => {
    expect(played.service.output).not.toMatch(/"level":"error"|Internal error/);
  });
});

function upgrade(path: string): Promise<number> {
  const headers = {
    connection: 'upgrade',
    upgrade: 'websocket',
    'sec-websocket-version': '13',
    'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
    'sec-websocket-protocol': 'graphql-transport-ws',
  };
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: played.service.port, path, headers });
    sent.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve(response.statusCode ?? 0);
    });
    sent.on('response', (response) => resolve(response.resume().statusCode ?? 0));
    sent.on('error', reject);
    sent.end();
  });
}
