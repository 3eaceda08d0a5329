import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Faults } from '../attack.ts';
import type { Scene } from '../scene/scene.ts';
import { dataOf, type Transport } from '../wire/answer.ts';
import { AuditWatch, type Line, type Told, timesOf } from './audited.ts';
import { NEEDED } from './permission-table.ts';
import { type Channel, openChannel } from './refused.ts';
import { operationOn, rootFields } from './schema.ts';

const CROWD = 200;

/** All that is done and all that is denied has to be told; and nobody can unwrite it. */
export async function auditLog(scene: Scene, transport: Transport): Promise<Faults> {
  const faults = [...(await changes(scene, transport)), ...(await denials(scene, transport))];
  return transport === 'http' ? [...faults, ...(await unwriting(scene))] : faults;
}

/** Every mutation of the schema, by somebody who may. */
async function changes(scene: Scene, transport: Transport): Promise<Faults> {
  const sub = `doer-${process.pid}-${transport}`;
  const headers = { ...(await scene.credential({ sub })), 'x-correlation-id': `attack-111-${transport}` };
  const signals = await scene.deployment.signals();
  const audit = await AuditWatch.begin(scene);
  await using channel = await openChannel(scene, transport, headers);
  const page = await ask<{ readonly pageInfo: { readonly endCursor: string } }>(
    channel,
    '{ made: signalEvents(first: 1) { pageInfo { endCursor } } }',
  );
  const made = await ask<Made>(
    channel,
    'mutation { made: createApiKey(name: "x", scopes: [SIGNALS_READ]) { key { prefix } } }',
  );
  const next = await ask<Made>(
    channel,
    `mutation { made: rotateApiKey(prefix: "${made.key.prefix}") { key { prefix } } }`,
  );
  await ask(channel, `mutation { made: revokeApiKey(prefix: "${next.key.prefix}") { prefix } }`);
  await ask(channel, `mutation { made: acknowledgeSignals(cursor: "${page.pageInfo.endCursor}") { cursor } }`);
  const signal = signals[['http', 'websocket', 'sse'].indexOf(transport)] ?? '';
  await ask(channel, `mutation { made: cancelSignal(id: "${signal}", reason: "a trial") { id } }`);
  const mutations = rootFields().filter(({ kind }) => kind === 'mutation');
  const done = mutations.map(({ field }): Told => ({ action: field.name, outcome: 'done', by: `#${sub}`, times: 1 }));
  const missing = await audit.lacks(...done);
  const own = (await audit.lines()).filter(({ actor }) => actor.endsWith(`#${sub}`));
  return [...missing, ...own.flatMap((line) => incomplete(line, transport))];
}

type Made = { readonly key: { readonly prefix: string } };

function incomplete({ action, target, tenant, requestId }: Line, transport: Transport): string[] {
  const lacks = Object.entries({ target, tenant, requestId }).filter(([, value]) => value === null);
  // What comes over a socket is no request of HTTP, and has no id of one.
  const told = lacks.filter(([name]) => transport !== 'websocket' || name !== 'requestId');
  return told.map(([name]) => `the line of ${action} has no ${name}`);
}

/** Every operation by somebody who may do nothing of it; and then the one that he would hide, among others that are alike. */
async function denials(scene: Scene, transport: Transport): Promise<Faults> {
  const sub = `denied-${process.pid}-${transport}`;
  const audit = await AuditWatch.begin(scene);
  await using channel = await openChannel(scene, transport, await scene.credential({ sub, scope: 'nothing:read' }));
  const roots = rootFields().filter(({ kind }) => transport !== 'http' || kind !== 'subscription');
  for (const root of roots) await channel.send({ query: operationOn(root) });
  const hidden = 'mutation { createApiKey(name: "hidden", scopes: [KEYS_MANAGE]) { text } }';
  for (let n = 0; n < CROWD; n++) {
    await channel.send({ query: '{ health { status } }' });
    if (n === CROWD / 2) await channel.send({ query: hidden });
  }
  const times: Readonly<Record<string, number>> = { 'Query.health': CROWD + 1, 'Mutation.createApiKey': 2 };
  const denied = roots
    .filter(({ name }) => NEEDED[name] !== undefined)
    .map(({ name }): Told => ({ action: name, outcome: 'denied', by: `#${sub}`, times: times[name] ?? 1 }));
  const missing = await audit.lacks(...denied);
  const lines = (await audit.lines()).filter(({ actor }) => actor.endsWith(`#${sub}`));
  const found = lines.reduce((sum, line) => sum + timesOf(line), 0);
  const sent = roots.length + CROWD + 1;
  return [
    ...missing,
    ...(found === sent ? [] : [`the audit log tells of ${found} denials of one user, expected ${sent}`]),
    ...(lines.length < 100 ? [] : [`${lines.length} lines for ${sent} denials: a stranger fills the log`]),
  ];
}

async function ask<Answered>(channel: Channel, query: string): Promise<Answered> {
  const answer = await channel.send({ query });
  const made = dataOf(answer)?.['made'];
  if (made == null) throw new Error(`${query.slice(0, 60)}: ${answer.text.slice(0, 200)}`);
  return made as Answered;
}

async function unwriting(scene: Scene): Promise<Faults> {
  const { owner, application } = scene.deployment;
  const faults: string[] = [];
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
  const { rows } = await owner.query<{ seq: string }>(`select last_seq as seq from stream_head where stream = 'audit'`);
  return [...faults, ...(await tampering(scene, rows[0]?.seq ?? '1'))];
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
