import { once } from 'node:events';
import { Agent, type IncomingMessage, request as rawRequest } from 'node:http';
import { type AddressInfo, connect, createServer as createSocketServer } from 'node:net';
import { json, text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import type { FastifyInstance } from 'fastify';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createMetrics } from '../../metrics/registry.ts';
import { ManualClock } from '../clock.ts';
import { currentContext } from '../telemetry/context.ts';
import { createLogger, silentLogger } from '../telemetry/logger.ts';
import type { HealthPort, HealthReport, Readiness } from './health-port.ts';
import { listen, probePort } from './listen.ts';
import { createInternalServer, createPublicServer, type ServerOptions } from './server.ts';

const live = {
  status: 'healthy',
  service: 'heliograph',
  version: '0.1.0',
  timestamp: '2026-11-20T00:00:00.000Z',
} as const;
const fine = { status: 'healthy', response_time_ms: 1, details: {} } as const;
const report: HealthReport = {
  ...live,
  checks: { database: fine, cache: fine, external_api: fine },
  system: { uptime_seconds: 1, memory_usage_percent: 1, cpu_usage_percent: 1, disk_usage_percent: 1 },
};

const opened: FastifyInstance[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((server) => server.close()));
});

type Given = Partial<ServerOptions> & {
  readonly readiness?: Readiness;
  readonly started?: boolean;
  readonly status?: HealthReport['status'];
};

function options({
  readiness = { ready: true },
  started = true,
  status = 'healthy',
  ...given
}: Given = {}): ServerOptions {
  const health: HealthPort = {
    live: () => live,
    started: () => started,
    ready: async () => readiness,
    detailed: async () => ({ ...report, status }),
  };
  let ids = 0;
  return {
    log: silentLogger,
    metrics: createMetrics(),
    health,
    newId: () => `id-${++ids}`,
    monotonic: () => performance.now(),
    ...given,
  };
}

function open(create: (options: ServerOptions) => FastifyInstance, given?: Given): FastifyInstance {
  const server = create(options(given));
  opened.push(server);
  return server;
}

describe.each([
  ['public', createPublicServer],
  ['internal', createInternalServer],
])('the probes of the %s server', (_, create) => {
  it.each(['/livez', '/health', '/api/v1/health'])(
    'answer 200 on %s whatever the state of anything else',
    async (url) => {
      const server = open(create, {
        readiness: { ready: false, reason: 'database' },
        started: false,
        status: 'unhealthy',
      });
      const answer = await server.inject(url);
      expect(answer.statusCode).toBe(200);
      expect(answer.json()).toEqual(live);
      expect(answer.headers['cache-control']).toBe('no-store');
    },
  );

  it.each(['/readyz', '/api/v1/readiness'])('answer on %s whether requests should come here', async (url) => {
    expect((await open(create).inject(url)).json()).toEqual({ ...live, status: 'ready' });
    const answer = await open(create, { readiness: { ready: false, reason: 'database' } }).inject(url);
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toEqual({ ...live, status: 'not_ready', reason: 'database' });
  });

  it('answer on /startupz whether the start is over', async () => {
    expect((await open(create).inject('/startupz')).statusCode).toBe(200);
    expect((await open(create, { started: false }).inject('/startupz')).statusCode).toBe(503);
  });
});

describe('the public server', () => {
  it('has neither metrics nor details', async () => {
    const server = open(createPublicServer);
    for (const url of ['/metrics', '/health/detailed', '/healthz/detailed'])
      expect((await server.inject(url)).statusCode).toBe(404);
  });

  it('answers an unknown route with JSON that shows it cut and escaped', async () => {
    const answer = await open(createPublicServer).inject(`/${'a'.repeat(200)}`);
    expect(answer.statusCode).toBe(404);
    expect(answer.json()).toEqual({
      error: { code: 'NOT_FOUND', message: `There is no GET "/${'a'.repeat(62)}…" here.` },
      correlation_id: 'id-1',
    });
  });

  it('tells nobody what it is made of', async () => {
    const { headers } = await open(createPublicServer).inject('/livez');
    expect(Object.keys(headers).sort()).toEqual([
      'cache-control',
      'connection',
      'content-length',
      'content-type',
      'date',
      'x-correlation-id',
    ]);
  });

  it('takes over a sane correlation id and replaces any other', async () => {
    const server = open(createPublicServer);
    const idFor = async (id: string): Promise<unknown> =>
      (await server.inject({ url: '/livez', headers: { 'x-correlation-id': id } })).headers['x-correlation-id'];
    expect(await idFor('order-66:a.b_c')).toBe('order-66:a.b_c');
    for (const id of ['', 'a b', 'a"b', 'x'.repeat(65), 'ä']) expect(await idFor(id)).toMatch(/^id-\d$/);
  });

  it('answers bad input with 4xx and its code, and logs no stack for it', async () => {
    const log = { ...silentLogger, error: vi.fn() };
    const server = open(createPublicServer, { log });
    server.post('/echo', async (request) => request.body);
    const post = (payload: string) =>
      server.inject({ method: 'POST', url: '/echo', payload, headers: { 'content-type': 'application/json' } });

    const malformed = await post('{"a":');
    expect(malformed.statusCode).toBe(400);
    expect(malformed.json()).toEqual({
      error: { code: 'BAD_JSON', message: 'The body is not JSON, expected one JSON value in UTF-8.' },
      correlation_id: 'id-1',
    });
    expect((await post(JSON.stringify('x'.repeat(99_998)))).statusCode).toBe(200);
    const tooLarge = await post(JSON.stringify('x'.repeat(99_999)));
    expect([tooLarge.statusCode, tooLarge.json().error.code]).toEqual([413, 'BODY_TOO_LARGE']);
    const badUrl = await server.inject('/%zz');
    expect([badUrl.statusCode, badUrl.json().error.code]).toEqual([400, 'BAD_REQUEST']);
    expect(log.error).not.toHaveBeenCalled();
  });

  it.each(['text/plain', 'application/xml', 'application/x-www-form-urlencoded', 'multipart/form-data', 'json'])(
    'takes no body of type %s',
    async (type) => {
      const server = open(createPublicServer);
      server.post('/echo', async (request) => request.body);
      const headers = { 'content-type': type };
      const answer = await server.inject({ method: 'POST', url: '/echo', payload: '{"a":1}', headers });
      expect(answer.statusCode).toBe(415);
      expect(answer.json()).toEqual({
        error: {
          code: 'UNSUPPORTED_MEDIA_TYPE',
          message: 'The content type is not one of ours, expected application/json.',
        },
        correlation_id: 'id-1',
      });
    },
  );

  it('unpacks nothing: a packed body is refused as it is', async () => {
    const server = open(createPublicServer);
    server.post('/echo', async (request) => request.body);
    const post = (payload: Buffer, encoding: string) =>
      server.inject({
        ...{ method: 'POST', url: '/echo', payload },
        headers: { 'content-type': 'application/json', 'content-encoding': encoding },
      });
    const body = Buffer.from('{"a":1}');
    expect((await post(gzipSync(body), 'gzip')).statusCode).toBe(415);
    expect((await post(body, 'br')).statusCode).toBe(415);
    expect((await post(body, 'Identity')).json()).toEqual({ a: 1 });
    expect((await post(Buffer.alloc(100_001), 'gzip')).statusCode).toBe(413);
  });

  it('hides a bug from the client and logs it under the id of the request', async () => {
    const lines: string[] = [];
    const log = createLogger({
      level: 'info',
      clock: new ManualClock(0),
      destination: { write: (line: string) => void lines.push(line) },
    });
    const server = open(createPublicServer, { log });
    server.get('/bug', async () => {
      throw new Error('the secret of the house');
    });
    const answer = await server.inject('/bug');
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain('secret of the house');
    expect(answer.json()).toMatchObject({ error: { code: 'INTERNAL_SERVER_ERROR' }, correlation_id: 'id-1' });
    expect(JSON.parse(lines.join())).toMatchObject({
      correlation_id: 'id-1',
      endpoint: '/bug',
      error: { message: 'the secret of the house' },
    });
  });
});

describe('a server that is closed', () => {
  it('gives the answers that are under way, and then lets go of connections that would be kept', async () => {
    const server = open(createPublicServer);
    const begun = Promise.withResolvers<void>();
    server.get('/slow', async () => {
      begun.resolve();
      await sleep(200);
      return 'done';
    });
    const url = await listen(server, 'public', { host: '127.0.0.1', port: 0 });
    const agent = new Agent({ keepAlive: true });
    const request = rawRequest(`${url}/slow`, { agent });
    request.end();
    const answered = once(request, 'response') as Promise<[IncomingMessage]>;
    await begun.promise;
    const closed = server.close();
    const [answer] = await answered;
    expect([answer.statusCode, await text(answer)]).toEqual([200, 'done']);
    // Kept connections live for minutes.
    await closed;
    agent.destroy();
  });
});

describe('a request over a real socket', () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';

  it('keeps its context in the handler, also after its body was read', async () => {
    const server = open(createPublicServer);
    server.post('/context', async () => {
      await sleep(1);
      return currentContext();
    });
    const url = await listen(server, 'public', { host: '127.0.0.1', port: 0 });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const ask = async (id: string): Promise<unknown> => {
      const headers = {
        'x-correlation-id': id,
        traceparent: `00-${traceId}-00f067aa0ba902b7-01`,
        'content-type': 'application/json',
      };
      const request = rawRequest(`${url}/context`, { method: 'POST', headers, agent });
      request.write('{');
      await sleep(10);
      request.end('}');
      const [answer] = (await once(request, 'response')) as [IncomingMessage];
      return json(answer);
    };
    // The body comes late, and the second request over the connection, and in the events, of the first.
    expect(await ask('first')).toEqual({ correlationId: 'first', traceId });
    expect(await ask('second')).toEqual({ correlationId: 'second', traceId });
    agent.destroy();
  });

  it('is the exemplar of its time where its caller keeps the trace, and not where it does not', async () => {
    const metrics = createMetrics({ traceId: () => currentContext().traceId });
    const server = open(createPublicServer, { metrics });
    for (const path of ['/kept', '/dropped']) server.get(path, async () => 'ok');
    const url = await listen(server, 'public', { host: '127.0.0.1', port: 0 });
    const ask = (path: string, flags: string) =>
      fetch(`${url}${path}`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` } });
    for (const [path, flags] of [
      ['/kept', '01'],
      ['/dropped', '00'],
    ] as const)
      await (await ask(path, flags)).text();

    await vi.waitFor(async () => {
      const page = (await metrics.openMetrics?.render()) ?? '';
      expect(page).toMatch(new RegExp(`endpoint="/kept"[^\\n]*# \\{trace_id="${traceId}"\\}`));
      expect(page).toContain('http_request_duration_seconds_count{method="GET",endpoint="/dropped"} 1');
      expect(page).not.toMatch(/endpoint="\/dropped"[^\n]*trace_id/);
    }, 20_000);
  });

  it('is counted under its route, not its path, with its time', async () => {
    const metrics = createMetrics();
    const server = open(createPublicServer, { metrics });
    server.get('/bars/:symbol', async () => 'ok');
    const url = await listen(server, 'public', { host: '127.0.0.1', port: 0 });
    for (const path of ['/bars/AAPL', '/bars/MSFT', '/wp-admin', '/livez']) await (await fetch(url + path)).text();

    await vi.waitFor(async () => {
      const page = await metrics.render();
      expect(page).toContain('http_requests_total{method="GET",endpoint="/bars/:symbol",status="200"} 2\n');
      expect(page).toContain('http_requests_total{method="GET",endpoint="unmatched",status="404"} 1\n');
      expect(page).toContain('http_request_duration_seconds_count{method="GET",endpoint="/bars/:symbol"} 2\n');
      expect(page).toContain('http_requests_inprogress 0\n');
      expect(page).not.toContain('AAPL');
    }, 20_000);
  });

  it('is counted as 499 when the client goes away, and is no longer in progress', async () => {
    const metrics = createMetrics();
    const server = open(createPublicServer, { metrics });
    const arrived = Promise.withResolvers<void>();
    const left = Promise.withResolvers<void>();
    server.get('/slow', async () => {
      arrived.resolve();
      await left.promise;
      return 'too late';
    });
    const url = await listen(server, 'public', { host: '127.0.0.1', port: 0 });
    const request = rawRequest(`${url}/slow`).on('error', () => {});
    request.end();
    await arrived.promise;
    expect(await metrics.render()).toContain('http_requests_inprogress 1\n');

    request.destroy();
    await vi.waitFor(async () => {
      const page = await metrics.render();
      expect(page).toContain('http_requests_total{method="GET",endpoint="/slow",status="499"} 1\n');
      expect(page).toContain('http_requests_inprogress 0\n');
    }, 20_000);
    left.resolve();
  });

  it('is refused when its headers are above 8 kB', async () => {
    const server = open(createPublicServer);
    const url = await listen(server, 'public', { host: '127.0.0.1', port: 0 });
    expect((await fetch(`${url}/livez`, { headers: { 'x-long': 'a'.repeat(7_000) } })).status).toBe(200);
    const refused = await fetch(`${url}/livez`, { headers: { 'x-long': 'a'.repeat(8_200) } });
    expect(refused.status).toBe(431);
    expect(await refused.json()).toEqual({
      error: { code: 'HEADERS_TOO_LARGE', message: 'The headers are larger than this service takes.' },
    });
  });

  it('does not crash anything by not being HTTP', async () => {
    const server = open(createPublicServer);
    const url = await listen(server, 'public', { host: '127.0.0.1', port: 0 });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('\u0016\u0003\u0001 hello\r\n\r\n');
    const [answer] = (await once(socket, 'data')) as [Buffer];
    expect(answer.toString()).toMatch(/^HTTP\/1.1 400 Bad Request\r\n[\s\S]*\r\n\r\n\{"error":\{"code":"BAD_REQUEST",/);
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('has the time-outs that a load balancer in front of it needs', () => {
    const { server } = open(createPublicServer);
    expect(server).toMatchObject({
      ...{ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 620_000 },
      maxRequestsPerSocket: 10_000,
    });
  });
});

describe('the internal server', () => {
  it('serves the metrics of the process, of the public server too, but counts none of its own', async () => {
    const metrics = createMetrics();
    await open(createPublicServer, { metrics }).inject('/livez');
    const internal = open(createInternalServer, { metrics });
    await internal.inject('/metrics');
    const answer = await internal.inject('/metrics');
    expect(answer.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(answer.body).toContain('http_requests_total{method="GET",endpoint="/livez",status="200"} 1\n');
    expect(answer.body).not.toContain('endpoint="/metrics"');
  });

  it.each([
    ['healthy', 200],
    ['degraded', 200],
    ['unhealthy', 503],
  ] as const)('answers the detailed report when %s with %i', async (status, code) => {
    const answer = await open(createInternalServer, { status }).inject('/health/detailed');
    expect(answer.statusCode).toBe(code);
    expect(answer.json()).toEqual({ ...report, status });
  });
});

describe('listen', () => {
  it('names the setting and the port that is taken', async () => {
    const other = createSocketServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const taken = `expected a free port: another program listens on 127.0.0.1:${port}`;
    try {
      await expect(listen(open(createPublicServer), 'public', { host: '127.0.0.1', port })).rejects.toMatchObject({
        code: 'PORT_IN_USE',
        message: `PORT is "${port}", ${taken}`,
      });
      await expect(listen(open(createInternalServer), 'internal', { host: '127.0.0.1', port })).rejects.toThrow(
        `INTERNAL_PORT is "${port}", ${taken}`,
      );
    } finally {
      other.close();
    }
  });

  it('can be asked before: the same words where the port is taken, and a port that is free stays so', async () => {
    const other = createSocketServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    try {
      await expect(probePort('internal', { host: '127.0.0.1', port })).rejects.toThrow(
        `INTERNAL_PORT is "${port}", expected a free port: another program listens on 127.0.0.1:${port}`,
      );
    } finally {
      other.close();
      await once(other, 'close');
    }
    await probePort('public', { host: '127.0.0.1', port });
    await listen(open(createPublicServer), 'public', { host: '127.0.0.1', port });
  });

  it('names the setting of an address that this machine does not have', async () => {
    const listening = listen(open(createInternalServer), 'internal', { host: '192.0.2.1', port: 0 });
    await expect(listening).rejects.toThrow('INTERNAL_HOST is "192.0.2.1", expected an address of this machine');
  });
});
