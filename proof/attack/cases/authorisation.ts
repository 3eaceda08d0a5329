import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { PERMISSIONS } from '../../../backend/access/permissions.ts';
import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import type { Scene } from '../scene/scene.ts';
import { codesOf, type Transport } from '../wire/answer.ts';
import { auditLog } from './audit-log.ts';
import { AuditWatch, type Told } from './audited.ts';
import { newKey } from './keys.ts';
import { otherTenant } from './other-tenant.ts';
import { NEEDED } from './permission-table.ts';
import { onEach, openChannel, refused } from './refused.ts';
import { operationOn, rootFields } from './schema.ts';
import { afterwards, closedWithin, restrict, streamEnds } from './tokens.ts';

/** Somebody who is known, and wants what is not his. */
export const authorisation: readonly Attack[] = [
  {
    ...{
      number: '104',
      title: 'what belongs to another tenant',
      sent: 'its keys by prefix, by list, by every field that leads to one, by global ids and as arguments of subscriptions; its cursors, to go on and to acknowledge; signals belong to no tenant',
    },
    safe: 'as if it were not there; a cursor holds nothing of whom it was given to, and acknowledging moves the own place alone',
    trials: onEach(otherTenant),
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
    trials: onEach(adminFields),
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
    trials: onEach(matrix),
  },
  {
    ...{
      number: '110',
      title: 'rights that are handed on',
      sent: 'a key with more scopes than its maker has, made and rotated',
      safe: '403 FORBIDDEN',
    },
    trials: onEach(handedOn),
  },
  {
    ...{
      number: '111',
      title: 'traces in the audit log',
      sent: 'every mutation by who may, every operation by who may not, one of them hidden among 200 others, and whoever wants to unwrite them',
    },
    safe: 'each is there with actor, action, target, outcome and request, or counted with those that are alike; the service can neither change nor delete; verify-ledger finds what the owner changed',
    trials: onEach(auditLog),
  },
];

const ADMIN_QUERIES = [
  '{ apiKeys { prefix createdBy } }',
  '{ a: apiKeys { prefix } signals { nodes { id } } }',
  'query { ... { ...F } } fragment F on Query { apiKeys { prefix } }',
];

async function adminFields(scene: Scene, transport: Transport): Promise<Faults> {
  const sub = `reader-${process.pid}-${transport}`;
  const audit = await AuditWatch.begin(scene);
  await using channel = await openChannel(scene, transport, await scene.credential({ sub, scope: 'signals:read' }));
  const faults: string[] = [];
  for (const query of ADMIN_QUERIES)
    faults.push(...refusalFaults(await channel.send({ query }), { statuses: [403], codes: ['FORBIDDEN'], sent: '' }));
  const denied = { action: 'Query.apiKeys', outcome: 'denied', by: `#${sub}`, times: ADMIN_QUERIES.length };
  return [...faults, ...(await audit.lacks(denied))];
}

async function handedOn(scene: Scene, transport: Transport): Promise<Faults> {
  const sub = `maker-${process.pid}-${transport}`;
  const maker = await scene.credential({ sub, scope: 'keys:manage' });
  const strong = await newKey(scene, '[SIGNALS_READ]');
  const audit = await AuditWatch.begin(scene);
  await using channel = await openChannel(scene, transport, maker);
  const faults: string[] = [];
  for (const query of [
    'mutation { createApiKey(name: "x", scopes: [KEYS_MANAGE, SIGNALS_READ]) { text } }',
    `mutation { rotateApiKey(prefix: "${strong.prefix}") { text } }`,
  ]) {
    const answer = await channel.send({ query });
    if (codesOf(answer).join() !== 'FORBIDDEN' || answer.text.includes('hg_'))
      faults.push(`${codesOf(answer).join() || answer.text.slice(0, 60)}, expected FORBIDDEN`);
  }
  const denied = { outcome: 'denied', by: `#${sub}`, times: 1 };
  const told = await audit.lacks(
    { ...denied, action: 'Mutation.createApiKey' },
    { ...denied, action: 'Mutation.rotateApiKey' },
  );
  return [...faults, ...told];
}

async function matrix(scene: Scene, transport: Transport): Promise<Faults> {
  const faults = tableFaults();
  const sub = `matrix-${process.pid}-${transport}`;
  const denied: Told[] = [];
  const audit = await AuditWatch.begin(scene);
  // Over HTTP a subscription has no answer, whoever asks.
  for (const root of rootFields().filter(({ kind }) => transport !== 'http' || kind !== 'subscription')) {
    const needed = NEEDED[root.name] ?? [];
    const body = { query: operationOn(root) };
    const answerTo = async (permissions: readonly string[]) => {
      await using channel = await openChannel(
        scene,
        transport,
        await scene.credential({ sub, scope: permissions.join(' ') }),
      );
      // Before the channel is closed.
      return await channel.send(body);
    };
    denied.push({ action: root.name, outcome: 'denied', by: `#${sub}`, times: needed.length });
    for (const missing of needed) {
      const answer = await answerTo(PERMISSIONS.filter((permission) => permission !== missing));
      const refusal = { statuses: [403], codes: ['FORBIDDEN'], sent: body.query };
      faults.push(...refusalFaults(answer, refusal).map((fault) => `${root.name} without ${missing}: ${fault}`));
    }
    const codes = codesOf(await answerTo(needed));
    // What it asks for need not be there; a field that is asked for as it must not be would say nothing about permissions.
    if (codes.some((code) => !ANSWERED.has(code))) faults.push(`${root.name} for who may: ${codes.join()}`);
  }
  return [...faults, ...(await audit.lacks(...denied)), ...(await undeclared())];
}

const ANSWERED: ReadonlySet<string> = new Set(['INVALID_INPUT', 'NOT_FOUND', 'BAD_CURSOR', 'BAD_USER_INPUT']);

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
