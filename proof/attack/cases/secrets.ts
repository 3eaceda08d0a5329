import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { SignJWT } from 'jose';
import { type Signing, TestIssuer } from '../../../backend/access/key-set.fixture.ts';
import { createPool } from '../../../backend/platform/database/pool.ts';
import { TestRedis } from '../../../backend/testing/redis.ts';
import type { Faults } from '../attack.ts';
import { sumOf } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import type { ServiceProcess } from '../scene/target.ts';
import { dataOf } from '../wire/answer.ts';
import { type Headers, post } from '../wire/http.ts';

const READ = { query: '{ signals { nodes { id } } instruments(first: 1) { nodes { id } } }' };
/** A key that a service does not know is looked for at most once in so long (AUTH_JWKS_URL). */
const COOL_DOWN_MS = 31_000;
const ROLE = 'attack_first';

/**
 * As operators do it: each new secret is good beside the old one before anybody uses it, the next process comes with it, and the old one goes when
 * nobody uses it any more. The database has two roles for that, since a role has one password; a user of Redis has two passwords; an issuer shows
 * its next key before it signs with it.
 */
export async function changedSecrets(scene: Scene): Promise<Faults> {
  const { deployment } = scene;
  await using redis = await TestRedis.start();
  await using issuer = await TestIssuer.start();
  const [first, second] = [await roleOf(deployment, ROLE), await roleOf(deployment, 'attack_second')];
  const [one, two] = [randomBytes(16).toString('hex'), randomBytes(16).toString('hex')];
  await redis.command('ACL', 'SETUSER', 'heliograph', 'on', `>${one}`, '~heliograph:*', '&heliograph:*', '+@all');
  await redis.command('ACL', 'SETUSER', 'default', 'off');
  const start = (database: string, password: string): Promise<ServiceProcess> =>
    deployment.start({
      ...{ DATABASE_URL: database, REDIS_URL: urlOf(redis, password), OVERLOAD_DELAY_MS: '10000' },
      ...{ AUTH_ISSUER: issuer.url, AUTH_JWKS_URL: `${issuer.url}/keys` },
    });

  const begun = performance.now();
  await using old = await start(first, one);
  let [service, key, signing]: [ServiceProcess, string, Signing | null] = [old, '', null];
  const administrator = {
    authorization: `Bearer ${await issuer.token(Date.now(), { scope: 'keys:manage signals:read market-data:read' })}`,
  };
  const made = await change(old, administrator, 'createApiKey(name: "bot", scopes: [SIGNALS_READ, MARKET_DATA_READ])');
  key = made.text;
  const byKey = load(
    () => service,
    async () => ({ 'x-api-key': key }),
  );
  const byToken = load(
    () => service,
    async () => ({ authorization: `Bearer ${await tokenOf(issuer, signing)}` }),
  );

  // The issuer shows its next key, and signs with it once everybody can have seen it.
  const next = await issuer.alsoShow('next', 'ES256');
  await sleep(COOL_DOWN_MS);
  signing = next;
  const rotated = await change(old, administrator, `rotateApiKey(prefix: "${made.prefix}")`);
  key = rotated.text;
  await asAclUser(redis, one, ['ACL', 'SETUSER', 'heliograph', `>${two}`]);
  await using fresh = await start(second, two);
  service = fresh;
  await sleep(500);
  await old.stop();
  await deployment.admin.query(`alter role ${ROLE} nologin`);
  await asAclUser(redis, two, ['ACL', 'SETUSER', 'heliograph', `<${one}`]);
  await sleep(1_000);

  const results = { 'an API key': await byKey(), 'a token': await byToken() };
  const sent = Object.values(results).reduce((sum, result) => sum + result.sent, 0);
  scene.tell(`${sent} requests, ${Math.round((performance.now() - begun) / 1_000)} s`);
  return [
    ...Object.entries(results).flatMap(([what, { failed, sent: all }]) =>
      failed.length === 0 && all > 50
        ? []
        : [`with ${what} ${failed.length} of ${all} failed: ${[...new Set(failed)].join(', ')}`],
    ),
    ...(await inUse(fresh)),
    ...(issuer.fetches <= 3 ? [] : [`the keys of the issuer were fetched ${issuer.fetches} times by two processes`]),
    ...((await opens(first)) ? ['the old role still opens the database'] : []),
    ...((await opens(second)) ? [] : ['the new role does not open the database']),
    ...((await asAclUser(redis, one, ['PING']).catch(() => 'refused')) === 'refused'
      ? []
      : ['the old password still opens Redis']),
  ];
}

/** Redis is used, and not only tried: what is lost of it makes no request fail. */
async function inUse(service: ServiceProcess): Promise<Faults> {
  const figures = await service.figures();
  return ['commands', 'subscriber'].flatMap((connection) =>
    sumOf(figures, 'redis_up', { connection }) === 1 ? [] : [`the connection to Redis for ${connection} is not up`],
  );
}

/** Requests one after the other, each by what holds at that moment; what ends it answers what was not 200. */
function load(serviceOf: () => ServiceProcess, headersOf: () => Promise<Headers>) {
  let going = true;
  const failed: string[] = [];
  let sent = 0;
  const done = (async () => {
    for (; going; await sleep(5)) {
      const { status, text } = await post(serviceOf().url, READ, await headersOf()).catch((error: Error) => ({
        ...{ status: null, text: error.message },
      }));
      sent += 1;
      if (status !== 200 || text.includes('"errors"')) failed.push(`${status} ${text.slice(0, 60)}`);
    }
  })();
  return async () => {
    going = false;
    await done;
    return { failed, sent };
  };
}

async function change(
  { url }: ServiceProcess,
  headers: Headers,
  mutation: string,
): Promise<{ readonly text: string; readonly prefix: string }> {
  const answer = await post(url, { query: `mutation { made: ${mutation} { text key { prefix } } }` }, headers);
  const made = dataOf(answer)?.['made'] as { text: string; key: { prefix: string } } | undefined;
  if (made === undefined) throw new Error(`No key was made: ${answer.text}`);
  return { text: made.text, prefix: made.key.prefix };
}

/** Of the key that the issuer has signed with so far, or of its next one. */
async function tokenOf(issuer: TestIssuer, next: Signing | null): Promise<string> {
  const claims = { scope: 'signals:read market-data:read' };
  const token = await issuer.token(Date.now(), claims);
  if (next === null) return token;
  const payload = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
  return new SignJWT(payload).setProtectedHeader({ alg: 'ES256', kid: next.kid, typ: 'at+jwt' }).sign(next.privateKey);
}

/** Another role with the rights of the service's; answers how it is reached. */
async function roleOf({ admin, applicationUrl }: Scene['deployment'], name: string): Promise<string> {
  const password = randomBytes(16).toString('hex');
  await admin.query(`drop role if exists ${name}`);
  await admin.query(`create role ${name} login password '${password}' in role heliograph_app`);
  return Object.assign(new URL(applicationUrl), { username: name, password }).href;
}

async function opens(url: string): Promise<boolean> {
  const pool = createPool({ url, name: 'attack', size: 1, statementTimeoutMs: 5_000, onError: () => undefined });
  const isOpen = await pool.query('select 1').then(
    () => true,
    () => false,
  );
  await pool.end();
  return isOpen;
}

const urlOf = ({ port }: TestRedis, password: string): string => `redis://heliograph:${password}@127.0.0.1:${port}`;

/** Rejects where the password opens nothing. */
async function asAclUser(
  redis: TestRedis,
  password: string,
  [name = '', ...args]: readonly string[],
): Promise<unknown> {
  const client = new Redis(urlOf(redis, password), { maxRetriesPerRequest: 0, lazyConnect: true });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return await client.call(name, ...args);
  } finally {
    client.disconnect();
  }
}
