import { connect } from 'node:net';
import type { Attack } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import { exchange, type Headers, post, request } from '../wire/http.ts';
import { foreignPages, noSubscriptions } from './streams.ts';

const QUERY = `query=${encodeURIComponent('{__typename}')}`;

/** What a page of somebody else can make a browser send, and what lies between a browser and the service. */
export const browsers: readonly Attack[] = [
  {
    ...{
      number: '59',
      title: 'a query by GET without a preflight',
      sent: 'GET ?query={__typename}',
      safe: 'not answered: 4xx',
    },
    trials: {
      http: async ({ production, credential }) => {
        const headers = await credential();
        const answers = await Promise.all([
          request({ url: `${production.url}?${QUERY}`, headers }),
          request({ url: `${production.url}?${QUERY}` }),
        ]);
        return answers.flatMap((answer) => refusalFaults(answer, { sent: 'GET' }));
      },
      sse: noSubscriptions('{__typename}', '{ apiKeys { prefix } }'),
    },
  },
  {
    ...{
      number: '60',
      title: 'a mutation by GET',
      sent: 'GET ?query=mutation{...}, also HEAD, PUT, DELETE',
      safe: '405',
    },
    trials: {
      http: async ({ production, credential }) => {
        const query = encodeURIComponent('mutation{revokeApiKey(prefix:"000000000000"){prefix}}');
        const headers = { ...(await credential()), 'x-apollo-operation-name': 'x', 'apollo-require-preflight': '1' };
        const answers = await Promise.all(
          ['GET', 'PUT', 'DELETE', 'PATCH'].map((method) =>
            request({ url: `${production.url}?query=${query}`, method, headers }),
          ),
        );
        return answers.flatMap((answer) =>
          refusalFaults(answer, { statuses: [405], sent: `GET PUT DELETE PATCH ${query}` }),
        );
      },
      sse: noSubscriptions('mutation{revokeApiKey(prefix:"000000000000"){prefix}}'),
    },
  },
  {
    ...{
      number: '61',
      title: 'bodies that a form can send',
      sent: 'urlencoded, text/plain, multipart, none, message/http, two at once',
    },
    safe: '400 or 415, nothing is executed',
    trials: {
      http: async ({ production, credential }) => {
        const credentials = await credential();
        const json = '{"query":"{ __typename }"}';
        const bodies: readonly (readonly [string | null, string])[] = [
          ['application/x-www-form-urlencoded', QUERY],
          ['text/plain', json],
          [
            'multipart/form-data; boundary=x',
            `--x\r\ncontent-disposition: form-data; name="operations"\r\n\r\n${json}\r\n--x--`,
          ],
          [null, json],
          ['message/http', json],
          ['application/graphql', '{ __typename }'],
          ['text/plain; application/json', json],
          ['application/jsonx', json],
        ];
        const faults: string[] = [];
        for (const [type, body] of bodies) {
          const headers: Headers = {
            ...credentials,
            'content-length': String(body.length),
            ...(type === null ? {} : { 'content-type': type }),
          };
          const answer = await request({ url: production.url, method: 'POST', headers, body });
          faults.push(
            ...refusalFaults(answer, { statuses: [400, 415], sent: body }).map((fault) => `${type}: ${fault}`),
          );
        }
        return faults;
      },
    },
  },
  {
    ...{
      number: '62',
      title: 'GET with an odd content type',
      sent: 'content types that make a read-only request pass a check',
      safe: '4xx',
    },
    trials: {
      http: async ({ production, credential }) => {
        const credentials = await credential();
        const types = [
          'text/plain',
          'application/x-www-form-urlencoded',
          'message/http',
          'application/json; charset=utf-8',
        ];
        const answers = await Promise.all(
          types.map((type) =>
            request({ url: `${production.url}?${QUERY}`, headers: { ...credentials, 'content-type': type } }),
          ),
        );
        return answers.flatMap((answer) => refusalFaults(answer, { sent: 'GET' }));
      },
    },
  },
  {
    ...{
      number: '63',
      title: 'origins that are not listed',
      sent: 'preflights and requests of a foreign origin, of "null" and of a look-alike',
    },
    safe: 'no access-control-allow-origin, and never * with credentials',
    trials: {
      http: async ({ production, credential }) => {
        const credentials = await credential();
        const host = new URL(production.url).host;
        const faults: string[] = [];
        for (const origin of ['https://evil.example', 'null', `http://${host}.evil.example`, 'file://']) {
          const preflight = {
            origin,
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'content-type,authorization',
          };
          for (const answer of [
            await request({ url: production.url, method: 'OPTIONS', headers: preflight }),
            await post(production.url, { query: '{ __typename }' }, { ...credentials, origin }),
          ]) {
            const allowed = answer.headers['access-control-allow-origin'];
            if (allowed !== undefined) faults.push(`access-control-allow-origin: ${allowed} for ${origin}`);
          }
        }
        return faults;
      },
      sse: foreignPages,
    },
  },
  {
    ...{
      number: '64',
      title: 'two readings of one request',
      sent: 'length with chunked, two lengths, folded headers, odd chunks, bare line feeds',
    },
    safe: '400 and the connection is closed; no second request is found in it',
    trials: {
      http: async ({ production }) => {
        const { host } = new URL(production.url);
        const hidden = 'GET /livez HTTP/1.1\r\nhost: a\r\n\r\n';
        const head = `POST /graphql HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\n`;
        const pairs = {
          'length with chunked': `${head}content-length: 6\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
          'two lengths': `${head}content-length: 0\r\ncontent-length: 10\r\n\r\n${hidden}`,
          'a length with a sign': `${head}content-length: +5\r\n\r\n${hidden}`,
          'a folded header': `${head}x-a: b\r\n content-length: 0\r\ntransfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n${hidden}`,
          'chunked by another name': `${head}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
          'chunked twice': `${head}transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n${hidden}`,
          'a blank before the colon': `${head}transfer-encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
          'a chunk of no number': `${head}transfer-encoding: chunked\r\n\r\nzz\r\n\r\n${hidden}`,
          'bare line feeds': `${head.replaceAll('\r\n', '\n')}content-length: 0\ntransfer-encoding: chunked\n\n0\n\n${hidden}`,
        };
        const faults: string[] = [];
        for (const [what, bytes] of Object.entries(pairs)) {
          const { text, closed } = await exchange(production.url, bytes, 3_000);
          if (!/^HTTP\/1\.1 (?:400|501) /.test(text))
            faults.push(`${what}: ${JSON.stringify(text.slice(0, 30))}, expected 400`);
          if (text.includes('"healthy"')) faults.push(`${what}: the hidden request was answered`);
          if (!closed) faults.push(`${what}: the connection stays open`);
        }
        return faults;
      },
    },
  },
  {
    ...{ number: '65', title: 'one byte a second', sent: 'a head, and a body, that never end', slow: true },
    safe: 'the connection is closed within 15 s for a head and 35 s for a body',
    trials: {
      http: async ({ production }) => {
        const { host } = new URL(production.url);
        const head = `POST /graphql HTTP/1.1\r\nhost: ${host}\r\n`;
        const body = `${head}content-type: application/json\r\ncontent-length: 90000\r\n\r\n`;
        const [first, second] = await Promise.all([
          drip(production.url, head, 'x', 20_000),
          drip(production.url, body, '{', 45_000),
        ]);
        return [
          ...(first !== null && first <= 15_000 ? [] : [`a head was read for ${first ?? 'more than 20000'} ms`]),
          ...(second !== null && second <= 35_000 ? [] : [`a body was read for ${second ?? 'more than 45000'} ms`]),
        ];
      },
    },
  },
  {
    ...{ number: '66', title: 'Host and X-Forwarded-* of somebody else', sent: 'evil.example in each of them' },
    safe: 'none of it in any answer, no redirect',
    trials: {
      http: async ({ production, credential }) => {
        const spoofed = {
          host: 'evil.example',
          'x-forwarded-host': 'evil.example',
          'x-forwarded-proto': 'ftp',
          forwarded: 'host=evil.example',
          'x-original-url': '/metrics',
        };
        const answers = [
          await post(production.url, { query: '{ serviceInfo { service } }' }, { ...(await credential()), ...spoofed }),
          await post(production.url, '{', { ...(await credential()), ...spoofed }),
          await request({ url: `${new URL(production.url).origin}/nothing`, headers: spoofed }),
        ];
        return answers.flatMap(({ status, headers, text }) => [
          ...(`${text} ${JSON.stringify(headers)}`.includes('evil.example') ? ['evil.example in the answer'] : []),
          ...(status !== null && status >= 300 && status < 400 ? [`a redirect, ${status}`] : []),
        ]);
      },
    },
  },
  {
    ...{
      number: '68',
      title: 'answers that a cache keeps',
      sent: 'requests with a credential, right and wrong',
      safe: 'cache-control: no-store on each',
    },
    trials: {
      http: async ({ production, credential }) => {
        const headers = await credential();
        const answers = [
          await post(production.url, { query: '{ serviceInfo { service } }' }, headers),
          await post(production.url, { query: '{ zz }' }, headers),
          await post(production.url, { query: '{ __typename }' }, { authorization: 'Bearer no' }),
        ];
        return answers.flatMap(({ status, headers: told }) =>
          told['cache-control']?.includes('no-store')
            ? []
            : [`cache-control is ${told['cache-control']} with status ${status}`],
        );
      },
    },
  },
];

/** After how many ms a connection is closed over which one byte comes each second; null when it is not. */
async function drip(url: string, start: string, byte: string, patienceMs: number): Promise<number | null> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).on('error', () => undefined);
  const begun = performance.now();
  const { promise, resolve } = Promise.withResolvers<number | null>();
  socket.write(start);
  socket.resume();
  const timer = setInterval(() => socket.write(byte), 1_000);
  const limit = setTimeout(() => resolve(null), patienceMs);
  socket.once('close', () => resolve(Math.round(performance.now() - begun)));
  const taken = await promise;
  clearInterval(timer);
  clearTimeout(limit);
  socket.destroy();
  return taken;
}
