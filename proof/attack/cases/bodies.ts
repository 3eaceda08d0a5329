import { gzipSync } from 'node:zlib';
import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import { growthOf } from '../scene/costs.ts';
import { hashOf, TRUSTED } from '../scene/deployment.ts';
import type { Scene } from '../scene/scene.ts';
import { dataOf, type Transport } from '../wire/answer.ts';
import { post, postForEvents } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { persisted } from './disclosure.ts';
import { type Channel, onEach, openChannel, refused } from './refused.ts';

const TOO_LARGE = { codes: ['BODY_TOO_LARGE'], statuses: [413] };
const padded = (bytes: number): string => {
  const empty = JSON.stringify({ query: '{ __typename }', operationName: '' });
  return JSON.stringify({ query: '{ __typename }', operationName: 'x'.repeat(bytes - empty.length) });
};

const UNUSUAL = JSON.stringify({ query: '{ __typename }', extensions: { unusual: 'x'.repeat(1_000_000) } });

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
      http: (scene) => tooLarge(scene, padded(100_001), post),
      sse: (scene) => tooLarge(scene, padded(100_001), postForEvents),
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
      http: (scene) => tooLarge(scene, UNUSUAL, post),
      websocket: async ({ production, credential }) => closedWith(production.webSocketUrl, await credential(), UNUSUAL),
      sse: (scene) => tooLarge(scene, UNUSUAL, postForEvents),
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
    trials: onEach(async (scene, transport) => {
      await using channel = await trusting(scene, transport);
      const faults: string[] = [];
      for (const query of UNTRUSTED) {
        const codes = ['DOCUMENT_NOT_TRUSTED'];
        faults.push(...refusalFaults(await channel.send({ query }), { codes, sent: query }));
        const hashed = { query, extensions: persisted(hashOf(query)) };
        faults.push(...refusalFaults(await channel.send(hashed), { codes, sent: query }));
      }
      return faults;
    }),
  },
  {
    ...{
      number: '56',
      title: 'a trusted document with variables of other types',
      sent: 'text, lists, objects and nothing for an Int!',
    },
    safe: 'BAD_USER_INPUT, as for any document',
    trials: onEach(async (scene, transport) => {
      await using channel = await trusting(scene, transport);
      const ask = (variables: unknown) => channel.send({ ...byHash(TRUSTED.page, transport), variables });
      const faults: string[] = dataOf(await ask({ first: 3 })) === null ? ['the right variables are refused'] : [];
      for (const first of ['3', [3, 4], { a: 1 }, null, 1.5]) {
        const codes = ['BAD_USER_INPUT', 'INVALID_INPUT'];
        faults.push(
          ...refusalFaults(await ask({ first }), { codes, sent: `${TRUSTED.page} ${JSON.stringify(first)}` }),
        );
      }
      return faults;
    }),
  },
  {
    ...{
      number: '57',
      title: 'a hash that is not that of the document',
      sent: 'the hash of one document with the text of another',
    },
    safe: 'refused, whether documents are trusted or not; nothing is registered; the right hash beside its text is no reason to refuse',
    trials: onEach(async (scene, transport) => {
      await using open = await openChannel(scene, transport, await scene.credential());
      await using trusted = await trusting(scene, transport);
      const codes = ['PERSISTED_QUERY_NOT_SUPPORTED', 'DOCUMENT_NOT_TRUSTED'];
      const other = '{ health { status } }';
      const faults: string[] = [];
      for (const channel of [open, trusted])
        for (const body of [
          { query: other, extensions: persisted(hashOf(TRUSTED.ping)) },
          { query: TRUSTED.ping, extensions: persisted(hashOf(other)) },
          byHash(other, transport),
        ])
          faults.push(...refusalFaults(await channel.send(body), { codes, sent: JSON.stringify(body) }));
      const both = await trusted.send({ query: TRUSTED.ping, extensions: persisted(hashOf(TRUSTED.ping)) });
      return dataOf(both) === null
        ? [...faults, `a trusted document with its hash: ${both.text.slice(0, 60)}`]
        : faults;
    }),
  },
  {
    ...{
      number: 'S4',
      title: 'memory that strangers can make it hold',
      sent: 'bodies of 90 kB without a credential, by one and by 100 at once',
    },
    safe: 'the process, of three the middle one, grows by at most 10 MB for one and 64 MB for 100',
    trials: {
      http: strangers,
    },
  },
];

const UNTRUSTED = [
  '{ instruments { nodes { id } } }',
  `${TRUSTED.ping} `,
  '{',
  '{ __schema { types { name } } }',
  'subscription { signalEvents { __typename } }',
];

/** Over a WebSocket a message has to have a text, if only an empty one. */
function byHash(document: string, transport: Transport): Readonly<Record<string, unknown>> {
  return { ...(transport === 'websocket' ? { query: '' } : {}), extensions: persisted(hashOf(document)) };
}

/** A way to the service that takes no document but those that it knows. */
async function trusting({ deployment, credential }: Scene, transport: Transport): Promise<Channel> {
  const production = await deployment.service('trusted');
  return openChannel({ production, eventsUrl: production.url }, transport, await credential());
}

const LARGE_PAGE = '{ instruments(first: 100) { edges { cursor } nodes { id symbol mic assetClass } } }';

/** How many strangers there are at once, and the MB by which the service may grow. */
const STRANGERS = [
  [1, 10],
  [100, 64],
] as const;
/** When memory is given back lies with the runtime: of so many services the middle one counts. */
const SERVICES = 3;

async function strangers(scene: Scene): Promise<Faults> {
  const grown: (readonly number[])[] = [];
  for (let n = 0; n < SERVICES; n++) grown.push(await grownByStrangers(scene));
  return STRANGERS.flatMap(([peers, most], index) => {
    const [, middle = Number.NaN] = grown.map((one) => one[index] ?? Number.NaN).toSorted((a, b) => a - b);
    scene.tell(`${middle.toFixed(1)} MB for ${peers}, the first time included, the middle of ${SERVICES} services`);
    return middle <= most ? [] : [`${middle.toFixed(1)} MB for ${peers}, expected at most ${most}`];
  });
}

/** Of a service of its own, after as many good clients that make it work: what it needs for work is nothing that strangers take. */
async function grownByStrangers({ deployment, credential }: Scene): Promise<readonly number[]> {
  await using service = await deployment.start({ OVERLOAD_DELAY_MS: '10000' });
  const headers = await credential();
  const body = padded(90_000);
  const round = (peers: number, send: () => Promise<unknown>) =>
    Promise.all(Array.from({ length: peers }, () => send().catch(() => null)));
  const good = await post(service.url, { query: LARGE_PAGE }, headers);
  if (good.status !== 200) throw new Error(`A good client is answered with ${good.text.slice(0, 200)}`);
  for (let n = 0; n < 15; n++) await round(100, () => post(service.url, { query: LARGE_PAGE }, headers));
  const grown: number[] = [];
  for (const [peers] of STRANGERS)
    grown.push(
      await growthOf(service, async () => {
        for (let n = 0; n < 5; n++) await round(peers, () => post(service.url, body));
      }),
    );
  return grown;
}

async function tooLarge({ production, credential }: Scene, body: string, send: typeof post): Promise<Faults> {
  const answer = await send(production.url, body, await credential());
  // Of much that is sent the end may be cut off before its sender reads why.
  return answer.status === null && body.length > 500_000 ? [] : refusalFaults(answer, { ...TOO_LARGE, sent: '' });
}

async function closedWith(url: string, payload: unknown, operation: string): Promise<Faults> {
  using socket = await AttackSocket.authenticated(url, payload);
  socket.say(`{"id":"1","type":"subscribe","payload":${operation}}`);
  const code = await socket.ends(5_000);
  return code === 1009 ? [] : [`closed with ${code}, expected 1009`];
}
