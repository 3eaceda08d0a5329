import { createHash } from 'node:crypto';
import { connect as connectTls } from 'node:tls';
import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import type { Scene } from '../scene/scene.ts';
import { tellsApart } from '../timing.ts';
import { dataOf, type Transport } from '../wire/answer.ts';
import { type Headers, post } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { AuditWatch } from './audited.ts';
import { onEach, openChannel } from './refused.ts';
import { changedSecrets } from './secrets.ts';

const UNAUTHENTICATED = { statuses: [401], codes: ['UNAUTHENTICATED'], sent: '' };
const READ = { query: '{ signals { nodes { id } } }' };

/** API keys, and secrets that change while everything runs. */
export const keys: readonly Attack[] = [
  {
    ...{ number: '85', title: 'a copy of the database', sent: 'every table is searched for a key that was just made' },
    safe: 'no key and no secret of one in any row; a wrong prefix takes as long as a wrong secret',
    trials: { http: copyOfDatabase },
  },
  {
    ...{
      number: '86',
      title: 'the right prefix and a wrong secret',
      sent: 'keys of the right form',
      safe: '401, 4403',
    },
    trials: {
      http: async (scene) => {
        const faults: string[] = [];
        const wrong = await wrongKeys(scene);
        const audit = await AuditWatch.begin(scene);
        for (const key of wrong)
          faults.push(...refusalFaults(await post(scene.production.url, READ, { 'x-api-key': key }), UNAUTHENTICATED));
        return [...faults, ...(await audit.lacks({ ...NOT_KNOWN, times: wrong.length }))];
      },
      websocket: async (scene) => {
        const faults: string[] = [];
        const wrong = await wrongKeys(scene);
        const audit = await AuditWatch.begin(scene);
        for (const key of wrong) {
          using socket = await AttackSocket.open({ url: scene.production.webSocketUrl });
          socket.say({ type: 'connection_init', payload: { 'x-api-key': key } });
          const code = await socket.ends(5_000);
          if (code !== 4403) faults.push(`closed with ${code}, expected 4403`);
        }
        return [...faults, ...(await audit.lacks({ ...NOT_KNOWN, times: wrong.length }))];
      },
    },
  },
  {
    ...{ number: '87', title: 'a rotated key', sent: 'the old and the new key, with an overlap and without' },
    safe: 'the old one goes on for the overlap, then 401; when it was last used is told',
    trials: { http: rotatedKey },
  },
  {
    ...{
      number: '88',
      title: 'a key that may read makes keys',
      sent: 'createApiKey, revokeApiKey, apiKeys',
      safe: '403 FORBIDDEN, audited',
    },
    trials: onEach(administration),
  },
  {
    ...{
      number: '89',
      title: 'a key in the address',
      sent: '?api_key=, and a key in every place where it does not belong',
    },
    safe: '401, and in no log',
    trials: {
      http: async (scene) => {
        const { text } = await newKey(scene, '[SIGNALS_READ]');
        const { production } = scene;
        const audit = await AuditWatch.begin(scene);
        const answer = await post(`${production.url}?api_key=${text}&x-api-key=${text}`, READ);
        await post(`${production.url}/${text}`, READ, { 'user-agent': text, 'x-correlation-id': text });
        await post(production.url, { query: `query ${text} { zz }`, operationName: text }, await scene.credential());
        return [
          ...refusalFaults(answer, UNAUTHENTICATED),
          ...(production.output().includes(text) ? ['the key is in the log'] : []),
          ...(await audit.lacks({ ...NOT_KNOWN, times: 1 })),
        ];
      },
    },
  },
  {
    ...{
      number: '91',
      title: 'secrets that change under load',
      sent: "requests with an API key and with tokens while the key, the issuer's signing key, the process's role of the database and its password of an ACL user of Redis are changed",
      slow: true,
    },
    safe: 'no request fails, the new secrets are in use, and the old ones of database and Redis open nothing',
    trials: { http: changedSecrets },
  },
];

const NOT_KNOWN = { action: 'authenticate', outcome: 'refused', by: 'nobody' };

async function administration(scene: Scene, transport: Transport): Promise<Faults> {
  const { text, prefix } = await newKey(scene, '[SIGNALS_READ]');
  const audit = await AuditWatch.begin(scene);
  await using channel = await openChannel(scene, transport, { 'x-api-key': text });
  const faults: string[] = [];
  for (const query of ADMINISTRATION)
    faults.push(
      ...refusalFaults(await channel.send({ query }), { statuses: [403], codes: ['FORBIDDEN'], sent: query }),
    );
  const denied = { outcome: 'denied', by: `key:${prefix}` };
  const told = await audit.lacks(
    { ...denied, action: 'Mutation.createApiKey', times: 1 },
    { ...denied, action: 'Mutation.revokeApiKey', times: 1 },
    { ...denied, action: 'Query.apiKeys', times: 2 },
  );
  return [...faults, ...told];
}

const ADMINISTRATION = [
  'mutation { createApiKey(name: "x", scopes: [KEYS_MANAGE]) { text } }',
  'mutation { revokeApiKey(prefix: "000000000000") { prefix } }',
  '{ apiKeys { prefix } }',
  'query { signals { nodes { id } } ...F } fragment F on Query { harmless: apiKeys { prefix } }',
];

export type NewKey = { readonly text: string; readonly prefix: string };

export async function newKey(scene: Scene, scopes: string, headers?: Headers): Promise<NewKey> {
  const query = `mutation { createApiKey(name: "bot", scopes: ${scopes}) { text key { prefix } } }`;
  const answer = await post(scene.production.url, { query }, headers ?? (await scene.credential()));
  const made = dataOf(answer)?.['createApiKey'] as { text: string; key: { prefix: string } } | undefined;
  if (made === undefined) throw new Error(`No key was made: ${answer.text}`);
  return { text: made.text, prefix: made.key.prefix };
}

async function wrongKeys(scene: Scene): Promise<string[]> {
  const { text, prefix } = await newKey(scene, '[SIGNALS_READ]');
  const flipped = text.endsWith('A') ? `${text.slice(0, -1)}B` : `${text.slice(0, -1)}A`;
  return [
    flipped,
    `hg_${prefix}_${'A'.repeat(43)}`,
    `hg_${prefix}_`,
    `hg_${prefix}`,
    `hg_${prefix}_${'A'.repeat(5_000)}`,
    `${text}x`,
    text.toUpperCase(),
  ];
}

async function copyOfDatabase(scene: Scene): Promise<Faults> {
  const { text, prefix } = await newKey(scene, '[SIGNALS_READ]');
  await post(scene.production.url, READ, { 'x-api-key': text });
  const { owner } = scene.deployment;
  const tables = await owner.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const secret = text.split('_')[2] ?? '';
  const faults: string[] = [];
  for (const { name } of tables.rows) {
    const { rowCount } = await owner.query(`select from ${name} as row where strpos(row::text, $1) > 0 limit 1`, [
      secret.slice(0, 20),
    ]);
    if (rowCount !== 0) faults.push(`the secret stands in ${name}`);
  }
  const { rows } = await owner.query<{ hash: Buffer }>('select hash from api_key where prefix = $1', [prefix]);
  if (rows[0]?.hash.equals(createHash('sha256').update(text).digest()) !== true)
    faults.push('what is stored is not the hash of the key');
  const ask = (text: string) => () => post(scene.production.url, READ, { 'x-api-key': text });
  const apart = await tellsApart(ask(`hg_${prefix}_${'A'.repeat(43)}`), ask(`hg_000000000000_${'A'.repeat(43)}`));
  if (apart !== null) faults.push(`a prefix that is there: ${apart}`);
  return faults;
}

async function rotatedKey(scene: Scene): Promise<Faults> {
  const { url } = scene.production;
  const admin = await scene.credential();
  const statusOf = async (text: string) => (await post(url, READ, { 'x-api-key': text })).status;
  const rotate = async (prefix: string, minutes: number): Promise<NewKey> => {
    const query = `mutation { rotateApiKey(prefix: "${prefix}", overlapMinutes: ${minutes}) { text key { prefix } } }`;
    const made = dataOf(await post(url, { query }, admin))?.['rotateApiKey'] as {
      text: string;
      key: { prefix: string };
    };
    return { text: made.text, prefix: made.key.prefix };
  };
  const [one, two] = [await newKey(scene, '[SIGNALS_READ]', admin), await newKey(scene, '[SIGNALS_READ]', admin)];
  const [next, other] = [await rotate(one.prefix, 60), await rotate(two.prefix, 0)];
  const statuses = await Promise.all([one, next, other, two].map(({ text }) => statusOf(text)));
  const listed = await post(url, { query: '{ apiKeys { prefix lastUsedAt rotatedTo } }' }, admin);
  const shown = (dataOf(listed)?.['apiKeys'] as { prefix: string; lastUsedAt: string | null }[] | undefined)?.find(
    ({ prefix }) => prefix === one.prefix,
  );
  return [
    ...(statuses.join() === '200,200,200,401' ? [] : [`statuses ${statuses.join()}, expected 200,200,200,401`]),
    ...(shown?.lastUsedAt == null ? ['when it was last used is not told'] : []),
    ...(listed.text.includes(one.text.slice(16)) ? ['the list shows a secret'] : []),
  ];
}

/** Whether the port speaks TLS. */
export async function speaksTls(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectTls({ host: hostname, port: Number(port), rejectUnauthorized: false }, () => resolve(true));
  socket.once('error', () => resolve(false));
  const spoken = await promise;
  socket.destroy();
  return spoken;
}
