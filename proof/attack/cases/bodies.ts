import { gzipSync } from 'node:zlib';
import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import { hashOf, TRUSTED } from '../scene/deployment.ts';
import { sumOf } from '../scene/figures.ts';
import { post } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { persisted } from './disclosure.ts';
import { refused } from './refused.ts';

const TOO_LARGE = { codes: ['BODY_TOO_LARGE'], statuses: [413] };
const padded = (bytes: number): string => {
  const empty = JSON.stringify({ query: '{ __typename }', operationName: '' });
  return JSON.stringify({ query: '{ __typename }', operationName: 'x'.repeat(bytes - empty.length) });
};

/** Bodies that are too large before anybody reads them, and documents that are named by their hash. */
export const bodies: readonly Attack[] = [
  {
    ...{
      number: '38',
      title: 'a body of 100 kB and one byte',
      sent: '100,001 bytes',
      safe: '413 before it is parsed; over a WebSocket 1009',
    },
    trials: {
      http: async ({ production, credential }) => {
        const body = padded(100_001);
        return refusalFaults(await post(production.url, body, await credential()), { ...TOO_LARGE, sent: body });
      },
      websocket: async ({ production, credential }) =>
        closedWith(production.webSocketUrl, await credential(), padded(100_001)),
    },
  },
  {
    ...{ number: '39', title: 'a bomb of gzip', sent: '1 GB in 1 MB, and 60 MB in 60 kB, as content-encoding: gzip' },
    safe: '413 or 415; nothing is inflated',
    growthMb: 10,
    trials: {
      http: async ({ production, credential }) => {
        const headers = { ...(await credential()), 'content-encoding': 'gzip' };
        const block = gzipSync(Buffer.alloc(1_048_576, 32));
        const small = gzipSync(Buffer.from('{"query":"{ __typename }"}'));
        const bombs = [
          Buffer.concat(Array<Buffer>(1_024).fill(block)),
          Buffer.concat(Array<Buffer>(58).fill(block)),
          small,
        ];
        const faults: string[] = [];
        for (const bomb of bombs) {
          const answer = await post(production.url, bomb, headers);
          // A large one may be cut off before its sender reads why.
          if (answer.status === null && bomb.length > 100_000) continue;
          faults.push(...refusalFaults(answer, { statuses: [413, 415], sent: '' }));
        }
        return faults;
      },
    },
  },
  {
    ...{
      number: '58',
      title: 'extensions of 1 MB',
      sent: 'an unusual member of extensions',
      safe: '413; over a WebSocket 1009',
    },
    trials: {
      http: async ({ production, credential }) => {
        const body = JSON.stringify({ query: '{ __typename }', extensions: { unusual: 'x'.repeat(1_000_000) } });
        const answer = await post(production.url, body, await credential());
        return answer.status === null ? [] : refusalFaults(answer, { ...TOO_LARGE, sent: '' });
      },
      websocket: async ({ production, credential }) =>
        closedWith(
          production.webSocketUrl,
          await credential(),
          JSON.stringify({ query: '{ __typename }', extensions: { a: 'x'.repeat(1_000_000) } }),
        ),
    },
  },
  refused({
    ...{
      number: '54',
      title: 'a stranger registers a document',
      sent: 'a document with its hash, then the hash alone',
    },
    ...{ codes: ['PERSISTED_QUERY_NOT_SUPPORTED'], rule: 'persisted', statuses: [400], mayClose: true },
    requests: [
      { query: '{ __typename }', extensions: persisted(hashOf('{ __typename }')) },
      { extensions: persisted(hashOf('{ __typename }')) },
    ],
  }),
  {
    ...{
      number: '55',
      title: 'free text where documents are trusted',
      sent: 'documents that are not on the list, one with a blank more',
    },
    safe: 'DOCUMENT_NOT_TRUSTED on every transport',
    trials: {
      http: async ({ deployment, credential }) => {
        const { url } = await deployment.service('trusted');
        const headers = await credential();
        const faults: string[] = [];
        for (const query of [
          '{ instruments { nodes { id } } }',
          `${TRUSTED.ping} `,
          '{',
          '{ __schema { types { name } } }',
        ])
          faults.push(
            ...refusalFaults(await post(url, { query }, headers), { codes: ['DOCUMENT_NOT_TRUSTED'], sent: query }),
          );
        return faults;
      },
      websocket: async ({ deployment, credential }) => {
        const { webSocketUrl } = await deployment.service('trusted');
        using socket = await AttackSocket.authenticated(webSocketUrl, await credential());
        const answer = await socket.ask('1', { query: 'subscription { signalEvents { __typename } }' });
        return refusalFaults(answer, { codes: ['DOCUMENT_NOT_TRUSTED'], sent: '' });
      },
    },
  },
  {
    ...{
      number: '56',
      title: 'a trusted document with variables of other types',
      sent: 'text, lists, objects and nothing for an Int!',
    },
    safe: 'BAD_USER_INPUT, as for any document',
    trials: {
      http: async ({ deployment, credential }) => {
        const { url } = await deployment.service('trusted');
        const headers = await credential();
        const ask = (variables: unknown) =>
          post(url, { extensions: persisted(hashOf(TRUSTED.page)), variables }, headers);
        const faults: string[] = (await ask({ first: 3 })).status === 200 ? [] : ['the right variables are refused'];
        for (const first of ['3', [3, 4], { a: 1 }, null, 1.5]) {
          const answer = await ask({ first });
          faults.push(
            ...refusalFaults(answer, {
              codes: ['BAD_USER_INPUT', 'INVALID_INPUT'],
              sent: `${TRUSTED.page} ${JSON.stringify(first)}`,
            }),
          );
        }
        return faults;
      },
    },
  },
  {
    ...{
      number: '57',
      title: 'a hash that is not that of the document',
      sent: 'the hash of one document with the text of another',
    },
    safe: 'refused, whether documents are trusted or not; nothing is registered',
    trials: {
      http: async ({ production, deployment, credential }) => {
        const faults: string[] = [];
        const headers = await credential();
        for (const { url } of [production, await deployment.service('trusted')]) {
          const body = { query: '{ health { status } }', extensions: persisted(hashOf(TRUSTED.ping)) };
          const codes = ['PERSISTED_QUERY_NOT_SUPPORTED', 'DOCUMENT_NOT_TRUSTED'];
          faults.push(...refusalFaults(await post(url, body, headers), { codes, sent: JSON.stringify(body) }));
          const again = await post(url, { extensions: persisted(hashOf('{ health { status } }')) }, headers);
          faults.push(...refusalFaults(again, { codes, sent: '' }));
        }
        return faults;
      },
    },
  },
  {
    ...{
      number: 'S4',
      title: 'memory that strangers can make it hold',
      sent: 'bodies of 90 kB without a credential, by one and by 100 at once',
    },
    safe: 'the process grows by at most 10 MB for one and 64 MB for 100',
    trials: {
      http: async ({ production }) => {
        const body = padded(90_000);
        const faults: string[] = [];
        for (const [peers, most] of [
          [1, 10],
          [100, 64],
        ] as const) {
          const grown = await growthOf(production, async () => {
            for (let round = 0; round < 5; round++)
              await Promise.all(Array.from({ length: peers }, () => post(production.url, body).catch(() => null)));
          });
          if (grown > most) faults.push(`${grown.toFixed(1)} MB for ${peers}, expected at most ${most}`);
        }
        return faults;
      },
    },
  },
];

type Grower = { figures(): Promise<ReadonlyMap<string, number> | null> };
const RSS = 'process_resident_memory_bytes';

/** By how many MB the process grows for it, the least of three times. */
export async function growthOf(target: Grower, work: () => Promise<unknown>): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < 3; attempt++) {
    const before = sumOf((await target.figures()) ?? new Map(), RSS);
    await work();
    least = Math.min(least, (sumOf((await target.figures()) ?? new Map(), RSS) - before) / 1_048_576);
  }
  return least;
}

async function closedWith(url: string, payload: unknown, operation: string): Promise<Faults> {
  using socket = await AttackSocket.authenticated(url, payload);
  socket.say(`{"id":"1","type":"subscribe","payload":${operation}}`);
  const code = await socket.ends(5_000);
  return code === 1009 ? [] : [`closed with ${code}, expected 1009`];
}
