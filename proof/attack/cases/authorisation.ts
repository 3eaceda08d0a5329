import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { PERMISSIONS } from '../../../backend/access/permissions.ts';
import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import type { Scene } from '../scene/scene.ts';
import { codesOf, dataOf } from '../wire/answer.ts';
import { post } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { newKey } from './keys.ts';
import { NEEDED } from './permission-table.ts';
import { refused } from './refused.ts';
import { operationOn, rootFields } from './schema.ts';
import { afterwards, closedWithin, restrict, streamEnds } from './tokens.ts';

/** Somebody who is known, and wants what is not his. */
export const authorisation: readonly Attack[] = [
  {
    ...{
      number: '104',
      title: 'what belongs to another tenant',
      sent: 'its keys by prefix, by list, by node id; its cursors and acknowledgements',
    },
    safe: 'as if it were not there',
    trials: { http: otherTenant },
  },
  refused({
    ...{ number: '105', title: 'a list of another tenant', sent: 'tenant as an argument, in a filter, in an order' },
    ...{ codes: ['GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT'], statuses: [400] },
    requests: [
      { query: '{ apiKeys(tenant: "other") { prefix } }' },
      { query: '{ signalEvents(filter: { tenant: "other" }) { nodes { seq } } }' },
      {
        query: 'query ($f: SignalFilter) { signalEvents(filter: $f) { nodes { seq } } }',
        variables: { f: { tenant: 'other' } },
      },
      { query: '{ apiKeys { prefix tenant } }' },
    ],
  }),
  {
    ...{
      number: '106',
      title: 'a field for administrators',
      sent: 'apiKeys with a token that may read signals',
      safe: '403 FORBIDDEN, no data',
    },
    trials: {
      http: async ({ production, credential }) => {
        const headers = await credential({ scope: 'signals:read' });
        const answers = [];
        for (const query of ADMIN_QUERIES) answers.push(await post(production.url, { query }, headers));
        return answers.flatMap((answer) => refusalFaults(answer, { statuses: [403], codes: ['FORBIDDEN'], sent: '' }));
      },
      websocket: async ({ production, credential }) => {
        using socket = await AttackSocket.authenticated(
          production.webSocketUrl,
          await credential({ scope: 'signals:read' }),
        );
        const faults: string[] = [];
        for (const [place, query] of ADMIN_QUERIES.entries())
          faults.push(...refusalFaults(await socket.ask(`${place}`, { query }), { codes: ['FORBIDDEN'], sent: '' }));
        return faults;
      },
    },
  },
  refused({
    ...{
      number: '107',
      title: 'members that nobody may set',
      sent: 'role, tenantId, id, createdAt, createdBy beside the arguments of createApiKey',
    },
    ...{ codes: ['GRAPHQL_VALIDATION_FAILED'], statuses: [400], rule: 'validation' },
    requests: [
      'role: "admin"',
      'tenantId: "other"',
      'id: "1"',
      'createdAt: "2026-01-01T00:00:00Z"',
      'createdBy: "root"',
      'hash: "x"',
      'prefix: "000000000000"',
    ].map((more) => ({ query: `mutation { createApiKey(name: "x", scopes: [SIGNALS_READ], ${more}) { text } }` })),
  }),
  {
    ...{
      number: '108',
      title: 'a role that is taken away',
      sent: 'requests and a live subscription of a user who may do less now',
    },
    safe: '403, the subscription closed within 5 s',
    trials: {
      http: (scene) => afterwards(scene, restrict, 403),
      websocket: (scene) => closedWithin(scene, restrict),
      sse: (scene) => streamEnds(scene, restrict),
    },
  },
  {
    ...{
      number: '109',
      title: 'every permission with every operation',
      sent: 'each root field by somebody who has all permissions but one that it needs, and by one who has these alone',
    },
    safe: 'FORBIDDEN without, not FORBIDDEN with; a resolver that declares nothing makes no schema',
    trials: { http: matrix, websocket: socketMatrix },
  },
  {
    ...{
      number: '110',
      title: 'rights that are handed on',
      sent: 'a key with more scopes than its maker has, made and rotated',
      safe: '403 FORBIDDEN',
    },
    trials: {
      http: async (scene) => {
        const maker = await scene.credential({ scope: 'keys:manage' });
        const strong = await newKey(scene, '[SIGNALS_READ]');
        const faults: string[] = [];
        for (const query of [
          'mutation { createApiKey(name: "x", scopes: [KEYS_MANAGE, SIGNALS_READ]) { text } }',
          `mutation { rotateApiKey(prefix: "${strong.prefix}") { text } }`,
        ]) {
          const answer = await post(scene.production.url, { query }, maker);
          if (codesOf(answer).join() !== 'FORBIDDEN' || answer.text.includes('hg_'))
            faults.push(`${codesOf(answer).join() || answer.text.slice(0, 60)}, expected FORBIDDEN`);
        }
        return faults;
      },
    },
  },
  {
    ...{
      number: '111',
      title: 'traces in the audit log',
      sent: 'a change, a refused one, and whoever wants to unwrite them',
    },
    safe: 'each is there with actor, action, target, outcome and request; the service can neither change nor delete; verify-ledger finds what the owner changed',
    trials: { http: auditLog },
  },
];

const ADMIN_QUERIES = [
  '{ apiKeys { prefix createdBy } }',
  '{ a: apiKeys { prefix } signals { nodes { id } } }',
  'query { ... { ...F } } fragment F on Query { apiKeys { prefix } }',
];

async function otherTenant(scene: Scene): Promise<Faults> {
  const { url } = scene.production;
  const mine = await newKey(scene, '[SIGNALS_READ]');
  const stranger = await scene.credential({ tenant: 'other' });
  const faults: string[] = [];
  for (const query of [
    `mutation { revokeApiKey(prefix: "${mine.prefix}") { prefix } }`,
    `mutation { rotateApiKey(prefix: "${mine.prefix}") { text } }`,
  ]) {
    const answer = await post(url, { query }, stranger);
    if (codesOf(answer).join() !== 'INVALID_INPUT' || answer.text.includes('hg_'))
      faults.push(`${query.slice(11, 40)}: ${answer.text.slice(0, 80)}`);
  }
  const list = await post(url, { query: '{ apiKeys { prefix } }' }, stranger);
  if (list.text.includes(mine.prefix)) faults.push('the list shows the key of another tenant');
  for (const id of [
    mine.prefix,
    `key_${mine.prefix}`,
    `ApiKey:${mine.prefix}`,
    Buffer.from(`ApiKey:${mine.prefix}`).toString('base64'),
  ]) {
    const answer = await post(url, { query: 'query ($id: ID!) { node(id: $id) { id } }', variables: { id } }, stranger);
    if (dataOf(answer)?.['node'] != null) faults.push(`node(id: "${id}") is there`);
  }
  const still = await post(url, { query: '{ signals { nodes { id } } }' }, { 'x-api-key': mine.text });
  return [...faults, ...(still.status === 200 ? [] : ['the key of the other tenant does not work any more'])];
}

async function matrix({ production, credential }: Scene): Promise<Faults> {
  const faults = tableFaults();
  for (const root of rootFields().filter(({ kind }) => kind !== 'subscription')) {
    const needed = NEEDED[root.name] ?? [];
    const query = operationOn(root);
    for (const missing of needed) {
      const scope = PERMISSIONS.filter((permission) => permission !== missing).join(' ');
      const answer = await post(production.url, { query }, await credential({ scope }));
      if (answer.status !== 403 || codesOf(answer).join() !== 'FORBIDDEN')
        faults.push(`${root.name} without ${missing}: ${answer.status}`);
    }
    const allowed = await post(production.url, { query }, await credential({ scope: needed.join(' ') }));
    if (allowed.status === 403 || codesOf(allowed).includes('FORBIDDEN'))
      faults.push(`${root.name} is forbidden to who may`);
  }
  return [...faults, ...(await undeclared())];
}

async function socketMatrix({ production, credential }: Scene): Promise<Faults> {
  const faults: string[] = [];
  for (const root of rootFields().filter(({ kind }) => kind === 'subscription')) {
    for (const missing of NEEDED[root.name] ?? []) {
      const scope = PERMISSIONS.filter((permission) => permission !== missing).join(' ');
      using socket = await AttackSocket.authenticated(production.webSocketUrl, await credential({ scope }));
      const answer = await socket.ask('1', { query: operationOn(root) });
      faults.push(
        ...refusalFaults(answer, { codes: ['FORBIDDEN'], sent: '' }).map(
          (fault) => `${root.name} without ${missing}: ${fault}`,
        ),
      );
    }
  }
  return faults;
}

function tableFaults(): string[] {
  const there = rootFields().map(({ name }) => name);
  return [
    ...there
      .filter((name) => NEEDED[name] === undefined)
      .map((name) => `${name} does not stand in the table of permissions`),
    ...Object.keys(NEEDED)
      .filter((name) => !there.includes(name))
      .map((name) => `${name} stands in the table and not in the schema`),
  ];
}

/** A resolver that declares nothing: the schema is refused as a whole. */
async function undeclared(): Promise<Faults> {
  const { guarded } = await import('../../../backend/graphql/guard.ts');
  const query = new GraphQLObjectType({
    name: 'Query',
    fields: { open: { type: GraphQLString, resolve: () => 'data' } },
  });
  try {
    guarded(new GraphQLSchema({ query }));
  } catch {
    return [];
  }
  return ['a resolver that declares nothing comes into the schema'];
}

const ENTRIES = `select seq, body::text as body from event_log where stream = 'audit' order by seq desc limit 10`;

async function auditLog(scene: Scene): Promise<Faults> {
  const { deployment, production } = scene;
  const { owner, application } = deployment;
  const sub = `auditor-${process.pid}`;
  const made = await newKey(scene, '[SIGNALS_READ]', await scene.credential({ sub }));
  await sleep(1_000);
  await post(
    production.url,
    { query: '{ apiKeys { prefix } }' },
    { ...(await scene.credential({ sub, scope: 'signals:read' })), 'x-correlation-id': 'attack-111' },
  );
  await sleep(200);
  const { rows } = await owner.query<{ seq: string; body: string }>(ENTRIES);
  const entries = rows.map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  const done = entries.find(({ action, target }) => action === 'createApiKey' && target === `key:${made.prefix}`);
  const denied = entries.find(({ action, requestId }) => action === 'Query.apiKeys' && requestId === 'attack-111');
  const faults = [
    ...(done?.['outcome'] === 'done' && String(done['actor']).endsWith(`#${sub}`) && done['requestId'] !== null
      ? []
      : ['the change is not in the audit log']),
    ...(denied?.['outcome'] === 'denied' && String(denied['actor']).endsWith(`#${sub}`)
      ? []
      : ['the refused request is not in the audit log']),
  ];
  for (const statement of [
    `update event_log set body = '{}' where stream = 'audit'`,
    `delete from event_log where stream = 'audit'`,
    'truncate event_log',
    `update stream_head set last_seq = 0 where stream = 'audit'`,
  ]) {
    const refusedBy = await application.query(statement).then(
      () => null,
      (error: Error) => error.message,
    );
    if (refusedBy === null || !/permission denied|does not exist/.test(refusedBy))
      faults.push(`the service may: ${statement} (${refusedBy})`);
  }
  return [...faults, ...(await tampering(scene, rows.at(-1)?.seq ?? '1'))];
}

/** The verifier is content before, not content with a changed line, and content again. */
async function tampering({ deployment }: Scene, seq: string): Promise<Faults> {
  const { owner, applicationUrl } = deployment;
  const verify = async (): Promise<number | null> => {
    const env = { PATH: process.env['PATH'], HOME: process.env['HOME'], DATABASE_URL: applicationUrl };
    const child = spawn(process.execPath, ['--import', 'tsx', 'backend/main.ts', 'verify-ledger'], {
      cwd: join(import.meta.dirname, '../../..'),
      env,
      stdio: 'ignore',
    });
    const [code] = (await once(child, 'exit')) as [number | null];
    return code;
  };
  const change = (from: string, to: string) =>
    owner.query(`update event_log set body = replace(body, $1, $2) where stream = 'audit' and seq = $3`, [
      from,
      to,
      seq,
    ]);
  const before = await verify();
  await change('"actor":"', '"actor":"x');
  const changed = await verify();
  await change('"actor":"x', '"actor":"');
  return [
    ...(before === 0 ? [] : [`verify-ledger ends with ${before} before`]),
    ...(changed !== 0 ? [] : ['verify-ledger does not find a changed line']),
  ];
}
