import { getNamedType, isObjectType } from 'graphql';
import type { Faults } from '../attack.ts';
import type { Scene } from '../scene/scene.ts';
import { type Answer, codesOf, dataOf, type Transport } from '../wire/answer.ts';
import { post } from '../wire/http.ts';
import { newKey } from './keys.ts';
import { type Channel, openChannel } from './refused.ts';
import { SCHEMA } from './schema.ts';

/** Types whose things belong to a tenant, and all fields that lead to them: a new one has to be tried here. */
const OWNED = {
  ApiKey: ['Mutation.revokeApiKey', 'NewApiKey.key', 'Query.apiKeys'],
  NewApiKey: ['Mutation.createApiKey', 'Mutation.rotateApiKey'],
  SignalAcknowledgement: ['Mutation.acknowledgeSignals'],
} as const;

/** Somebody of the same name, of the same issuer, with every permission, of another tenant. */
export async function otherTenant(scene: Scene, transport: Transport): Promise<Faults> {
  await scene.deployment.signals();
  const sub = `twin-${process.pid}-${transport}`;
  const mine = await newKey(scene, '[SIGNALS_READ]', await scene.credential({ sub }));
  await using stranger = await openChannel(scene, transport, await scene.credential({ sub, tenant: 'other' }));
  await using owner = await openChannel(scene, transport, await scene.credential({ sub }));
  const faults = [
    ...edges(),
    ...(await keys(stranger, mine.prefix)),
    ...(await arguments_(stranger, mine.prefix)),
    ...(await cursors(owner, stranger, ['acme', sub, mine.prefix])),
  ];
  const still = await post(scene.production.url, { query: '{ signals { nodes { id } } }' }, { 'x-api-key': mine.text });
  return [...faults, ...(still.status === 200 ? [] : ['the key of the other tenant does not work any more'])];
}

function edges(): string[] {
  return Object.entries(OWNED).flatMap(([name, known]: [string, readonly string[]]) => {
    const leading = Object.values(SCHEMA.getTypeMap()).flatMap((type) =>
      isObjectType(type)
        ? Object.values(type.getFields())
            .filter((field) => getNamedType(field.type).name === name)
            .map((field) => `${type.name}.${field.name}`)
        : [],
    );
    return leading
      .filter((field) => !known.includes(field))
      .map((field) => `${field} leads to ${name}: write the trial`);
  });
}

async function keys(stranger: Channel, prefix: string): Promise<Faults> {
  const faults: string[] = [];
  for (const query of [
    `mutation { revokeApiKey(prefix: "${prefix}") { prefix name } }`,
    `mutation { rotateApiKey(prefix: "${prefix}") { text key { prefix rotatedTo } } }`,
  ]) {
    const answer = await stranger.send({ query });
    if (codesOf(answer).join() !== 'INVALID_INPUT' || answer.text.includes('hg_'))
      faults.push(`${query.slice(11, 40)}: ${answer.text.slice(0, 80)}`);
  }
  const query =
    'mutation { createApiKey(name: "theirs", scopes: [SIGNALS_READ]) { key { prefix rotatedTo createdBy } } }';
  const made = await stranger.send({ query });
  const list = await stranger.send({ query: '{ apiKeys { prefix rotatedTo name createdBy } }' });
  if (dataOf(made) === null) faults.push(`a key of one's own: ${made.text.slice(0, 80)}`);
  for (const answer of [made, list]) if (answer.text.includes(prefix)) faults.push('a key of another tenant is shown');
  return faults;
}

/** Wherever an id can be said. */
async function arguments_(stranger: Channel, prefix: string): Promise<Faults> {
  const faults: string[] = [];
  const base64 = (text: string): string => Buffer.from(text).toString('base64url');
  for (const id of [
    ...[prefix, `key_${prefix}`, `ApiKey:${prefix}`],
    ...[base64(`ApiKey:${prefix}`), base64(JSON.stringify(['ApiKey', prefix]))],
  ])
    for (const query of [
      'query ($id: ID!) { node(id: $id) { id } }',
      'query ($id: ID!) { nodes(ids: [$id]) { id } }',
      'query ($id: ID!) { signal(id: $id) { id } }',
      'query ($id: ID!) { modelVersion(id: $id) { id } }',
    ]) {
      const answer = await stranger.send({ query, variables: { id } });
      if (hasSomething(answer)) faults.push(`${query} of "${id}" is there`);
    }
  for (const [query, variables] of [
    [
      'subscription ($i: ID!) { bars(instrument: $i) { ... on BarBatch { bars { instrumentId: __typename } } } }',
      { i: prefix },
    ],
    [
      'subscription ($f: SignalFilter) { signalEvents(filter: $f, from: BEGINNING) { ... on SignalEventBatch { events { seq } } } }',
      { f: { or: [{ models: [prefix] }, { instruments: [prefix] }, { mic: [prefix] }] } },
    ],
  ] as const) {
    const answer = await stranger.send({ query, variables });
    if (/"events":\[\{|"bars":\[\{/.test(answer.text)) faults.push(`${query}: ${answer.text.slice(0, 80)}`);
  }
  return faults;
}

function hasSomething(answer: Answer): boolean {
  return Object.values(dataOf(answer) ?? {})
    .flat()
    .some((value) => value !== null);
}

type Edge = { readonly cursor: string; readonly node: { readonly seq: number } };

/** What one was given to come back with, in the hands of the other. */
async function cursors(owner: Channel, stranger: Channel, names: readonly string[]): Promise<Faults> {
  const page = '{ signalEvents(first: 4) { edges { cursor node { seq } } } }';
  const edgesOf = async (channel: Channel): Promise<readonly Edge[]> => {
    const list = dataOf(await channel.send({ query: page }))?.['signalEvents'] as
      | { edges: readonly Edge[] }
      | undefined;
    return list?.edges ?? [];
  };
  const own = await edgesOf(owner);
  if (own.length < 4) return [`${own.length} cursors, expected four`];
  const [first = '', second = '', third = '', fourth = ''] = own.map(({ cursor }) => cursor);
  const acknowledge = async (channel: Channel, cursor: string): Promise<string> => {
    const query = 'mutation ($c: Cursor!) { acknowledgeSignals(cursor: $c) { cursor } }';
    const answer = await channel.send({ query, variables: { c: cursor } });
    const held = dataOf(answer)?.['acknowledgeSignals'] as { readonly cursor: string } | undefined;
    return held?.cursor ?? answer.text.slice(0, 80);
  };
  const faults = own.flatMap(({ cursor }) => {
    const said = Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString();
    return names.filter((name) => said.includes(name)).map((name) => `a cursor says "${name}"`);
  });
  const expected = [
    ['the owner acknowledges the third', await acknowledge(owner, third), third],
    ['the stranger acknowledges the first', await acknowledge(stranger, first), first],
    ['the stranger acknowledges the fourth', await acknowledge(stranger, fourth), fourth],
    ['the owner acknowledges the second', await acknowledge(owner, second), third],
  ] as const;
  for (const [what, held, wanted] of expected)
    if (seqIn(held) !== seqIn(wanted)) faults.push(`${what}, and ${seqIn(held)} is held, expected ${seqIn(wanted)}`);
  const theirs = await edgesOf(stranger);
  const goesOn = async (cursor: string): Promise<string> => {
    const query =
      'subscription ($c: Cursor!) { signalEvents(after: $c, maxBatch: 1) { ... on SignalEventBatch { events { seq } } } }';
    return (await stranger.send({ query, variables: { c: cursor } })).text;
  };
  // A subscription has no answer over HTTP.
  if ((await goesOn(second)) !== (await goesOn(theirs[1]?.cursor ?? '')))
    faults.push('their cursor is not as good as ours');
  return faults;
}

/** The place that a cursor names. */
function seqIn(cursor: string): string {
  const [, , positions] = parsed(Buffer.from(cursor.split('.')[0] ?? '', 'base64url').toString()) ?? [];
  return positions === undefined ? cursor : JSON.stringify(positions);
}

function parsed(text: string): readonly unknown[] | null {
  try {
    return JSON.parse(text) as readonly unknown[];
  } catch {
    return null;
  }
}
