import { createHmac, createPublicKey, createSecretKey, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { CompactEncrypt, CompactSign, exportJWK, GeneralSign, generateKeyPair } from 'jose';
import { TestIssuer } from '../../../backend/access/key-set.fixture.ts';
import type { Attack, Faults } from '../attack.ts';
import { refusalFaults } from '../judge.ts';
import { sumOf } from '../scene/figures.ts';
import type { Scene } from '../scene/scene.ts';
import { post, postForEvents } from '../wire/http.ts';
import { AttackSocket } from '../wire/websocket.ts';
import { AuditWatch } from './audited.ts';
import { streamEndsWithin, tokenInAddress } from './streams.ts';

/** Tokens that must not open anything, by what is wrong with them. */
type Tokens = (scene: Scene) => Promise<Readonly<Record<string, string>>>;

const SAFE = '401 UNAUTHENTICATED, 4403 over a WebSocket; counted and audited';

function shutOut(number: string, title: string, sent: string, tokens: Tokens): Attack {
  return {
    ...{ number, title, sent, safe: SAFE },
    trials: {
      http: (scene) => refusedOverHttp(scene, tokens),
      websocket: (scene) => refusedOverSocket(scene, tokens),
    },
  };
}

async function refusedOverSocket(scene: Scene, tokens: Tokens): Promise<Faults> {
  const faults: string[] = [];
  const audit = await AuditWatch.begin(scene);
  let times = 0;
  for (const [what, token] of Object.entries(await tokens(scene))) {
    using socket = await AttackSocket.open({ url: scene.production.webSocketUrl });
    socket.say({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
    const code = await socket.ends(10_000);
    if (code !== 4403 && code !== 1009) faults.push(`${what}: closed with ${code}, expected 4403`);
    if (code === 4403) times += 1;
    if (socket.heard.some(({ type }) => type === 'connection_ack')) faults.push(`${what}: let in`);
  }
  return [...faults, ...(await audit.lacks({ ...NOT_KNOWN, times }))];
}

const NOT_KNOWN = { action: 'authenticate', outcome: 'refused', by: 'nobody' };

async function refusedOverHttp(scene: Scene, tokens: Tokens): Promise<Faults> {
  const { production } = scene;
  const given = Object.entries(await tokens(scene));
  const count = async () => sumOf(await figuresOf(scene), 'authentications_total', { outcome: 'refused' });
  const countedBefore = await count();
  const audit = await AuditWatch.begin(scene);
  const faults: string[] = [];
  let early = 0;
  for (const [what, token] of given) {
    const answer = await post(production.url, { query: '{ __typename }' }, { authorization: `Bearer ${token}` });
    if (answer.status === 431) early += 1;
    else
      faults.push(
        ...refusalFaults(answer, { statuses: [401], codes: ['UNAUTHENTICATED'], sent: '' }).map(
          (fault) => `${what}: ${fault}`,
        ),
      );
  }
  const counted = (await count()) - countedBefore;
  if (counted !== given.length - early) faults.push(`counted ${counted} times, expected ${given.length - early}`);
  return [...faults, ...(await audit.lacks({ ...NOT_KNOWN, times: given.length - early }))];
}
const figuresOf = async ({ production }: Scene) => (await production.figures()) ?? new Map<string, number>();

const part = (content: unknown): string => Buffer.from(JSON.stringify(content)).toString('base64url');
/** The claims of a good token. */
async function goodClaims(scene: Scene, claims: Readonly<Record<string, unknown>> = {}): Promise<string> {
  const { authorization } = await scene.credential(claims);
  return Buffer.from(authorization.split('.')[1] ?? '', 'base64url').toString();
}
const rsaToken = async (
  scene: Scene,
  header: Record<string, unknown>,
  crit?: Record<string, boolean>,
): Promise<string> =>
  new CompactSign(Buffer.from(await goodClaims(scene)))
    .setProtectedHeader({ alg: 'RS256', kid: 'rsa', typ: 'at+jwt', ...header })
    .sign(scene.deployment.rsa.privateKey, crit === undefined ? {} : { crit });
const seconds = (): number => Math.floor(Date.now() / 1_000);
const issued = async (
  scene: Scene,
  claims: Record<string, unknown>,
  header: Record<string, unknown> = {},
): Promise<string> => scene.deployment.issuer.token(Date.now(), { scope: 'signals:read', ...claims }, header);

/** Access tokens that are forged, of another place, or over. */
export const tokens: readonly Attack[] = [
  shutOut('69', 'alg: none', 'unsigned tokens, none spelt four ways', async (scene) => {
    const claims = Buffer.from(await goodClaims(scene)).toString('base64url');
    const spelt = ['none', 'None', 'nOnE', 'NONE'].map(
      (alg) => [alg, `${part({ alg, kid: 'first', typ: 'at+jwt' })}.${claims}.`] as const,
    );
    return Object.fromEntries([...spelt, ['no signature', `${part({ alg: 'ES256', kid: 'first' })}.${claims}.`]]);
  }),
  shutOut(
    '70',
    'a public key as a shared secret',
    'HS256 signed with the RSA public key, as PEM, DER and JWK',
    async (scene) => {
      const { shown } = scene.deployment.rsa;
      const key = createPublicKey({ key: shown as never, format: 'jwk' });
      const secrets = {
        pem: key.export({ type: 'spki', format: 'pem' }),
        der: key.export({ type: 'spki', format: 'der' }),
        jwk: JSON.stringify(shown),
        n: String(shown['n']),
      };
      const signed = `${part({ alg: 'HS256', kid: 'rsa', typ: 'at+jwt' })}.${Buffer.from(await goodClaims(scene)).toString('base64url')}`;
      return Object.fromEntries(
        Object.entries(secrets).map(([what, secret]) => [
          what,
          `${signed}.${createHmac('sha256', secret).update(signed).digest('base64url')}`,
        ]),
      );
    },
  ),
  shutOut(
    '71',
    'an algorithm that is not that of the key',
    'unknown ones, PS256 and RS512 for an RS256 key, RS256 for an ES256 key',
    async (scene) => ({
      PS256: await rsaToken(scene, { alg: 'PS256' }).catch(() => 'not.to.sign'),
      RS512: (await rsaToken(scene, {})).replace(/^[^.]+/, part({ alg: 'RS512', kid: 'rsa', typ: 'at+jwt' })),
      'key of another': await rsaToken(scene, { kid: 'first' }),
      unknown: (await rsaToken(scene, {})).replace(/^[^.]+/, part({ alg: 'XX256', kid: 'rsa' })),
    }),
  ),
  shutOut('72', 'a hostile kid', 'paths, SQL, 10 kB, none', async (scene) => ({
    path: await rsaToken(scene, { kid: '../../../../dev/null' }),
    sql: await rsaToken(scene, { kid: "x' union select 'secret' --" }),
    '10 kB': await rsaToken(scene, { kid: 'k'.repeat(10_000) }),
    missing: await rsaToken(scene, { kid: undefined }),
    number: (await rsaToken(scene, {})).replace(/^[^.]+/, part({ alg: 'RS256', kid: 1 })),
  })),
  {
    ...{
      number: '73',
      title: 'a key that the token brings along',
      sent: 'jku, x5u and an embedded jwk of our own',
      safe: `${SAFE}; nothing is fetched`,
    },
    trials: { http: ownKeys },
  },
  shutOut(
    '74',
    'before or after its time',
    'expired, not yet good, from the future, without an end',
    async (scene) => ({
      expired: await issued(scene, { exp: seconds() - 6 }),
      'not yet': await issued(scene, { nbf: seconds() + 60 }),
      future: await issued(scene, { iat: seconds() + 60 }),
      endless: await issued(scene, { exp: undefined }),
      'no number': await issued(scene, { exp: '9999999999' }).catch(() => 'not.to.sign'),
    }),
  ),
  shutOut('75', 'of another place', 'other audience, issuer and type, an ID token', async (scene) => ({
    audience: await issued(scene, { aud: 'another' }),
    issuer: await issued(scene, { iss: 'https://evil.example/' }),
    type: await issued(scene, {}, { typ: 'dpop+jwt' }),
    'id token': await issued(scene, { nonce: 'n', at_hash: 'h' }),
    'no tenant': await issued(scene, { tenant: undefined }),
    'hostile tenant': await issued(scene, { tenant: "acme' or '1'='1" }),
  })),
  shutOut('76', 'a critical header that nobody knows', 'crit: ["x"]', async (scene) => ({
    crit: await rsaToken(scene, { crit: ['x'], x: true }, { x: true }),
  })),
  shutOut('77', 'other forms of a token', 'two signatures, JSON, encrypted, more and fewer parts', async (scene) => {
    const claims = Buffer.from(await goodClaims(scene));
    const { privateKey } = scene.deployment.rsa;
    const twice = new GeneralSign(claims);
    for (let n = 0; n < 2; n++) twice.addSignature(privateKey).setProtectedHeader({ alg: 'RS256', kid: 'rsa' });
    const encrypted = await new CompactEncrypt(claims)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(createSecretKey(randomBytes(32)));
    const good = await rsaToken(scene, {});
    return {
      'two signatures': JSON.stringify(await twice.sign()).replaceAll(' ', ''),
      encrypted,
      'four parts': `${good}.x`,
      'two parts': good.split('.').slice(0, 2).join('.'),
      changed: good.replace(/.$/, (last) => (last === 'A' ? 'Q' : 'A')).replace(/\.(.)/, '.f$1'),
    };
  }),
  shutOut('78', 'a token of 16 kB', '16 kB', async (scene) => ({
    large: await issued(scene, { pad: 'x'.repeat(12_000) }),
  })),
  {
    ...{ number: '79', title: 'rotation of the keys of the issuer', sent: '1,000 tokens with unknown key ids' },
    safe: 'at most one look at the keys of the issuer in its cool-down, good tokens go on',
    trials: { http: unknownKeys },
  },
  {
    ...{
      number: '79b',
      title: 'a new key of the issuer',
      sent: 'a token of a key that appeared after the service read the others',
      slow: true,
    },
    safe: 'let in after at most one look, and the old key no more',
    trials: { http: newKey },
  },
  {
    ...{
      number: '80',
      title: 'the issuer is away',
      sent: 'tokens of a known key, and to a service that has seen no key yet',
    },
    safe: 'a known key goes on; without keys 503 and never let in',
    trials: { http: issuerAway },
  },
  {
    ...{ number: '81', title: 'a revoked token', sent: 'requests and a live subscription under it' },
    safe: 'refused, the subscription closed with 4403, within 5 s',
    trials: {
      http: (scene) => afterwards(scene, revoke, 401),
      websocket: (scene) => closedWithin(scene, revoke),
      sse: (scene) => streamEnds(scene, revoke),
    },
  },
  {
    ...{
      number: '82',
      title: 'a token in the address',
      sent: '?access_token= over HTTP and WebSocket',
      safe: 'refused, and in no log',
    },
    trials: {
      http: async (scene) => {
        const { production, credential } = scene;
        const token = (await credential()).authorization.slice(7);
        const audit = await AuditWatch.begin(scene);
        const answer = await post(`${production.url}?access_token=${token}&authorization=Bearer%20${token}`, {
          query: '{ __typename }',
        });
        return [
          ...refusalFaults(answer, { statuses: [401], codes: ['UNAUTHENTICATED'], sent: '' }),
          ...(production.output().includes(token) ? ['the token is in the log'] : []),
          ...(await audit.lacks({ ...NOT_KNOWN, times: 1 })),
        ];
      },
      websocket: async ({ production, credential }) => {
        const token = (await credential()).authorization.slice(7);
        using socket = await AttackSocket.open({ url: `${production.webSocketUrl}?access_token=${token}` });
        socket.say({ type: 'connection_init' });
        const code = await socket.ends(5_000);
        return [
          ...(code === 4403 ? [] : [`closed with ${code}, expected 4403`]),
          ...(production.output().includes(token) ? ['the token is in the log'] : []),
        ];
      },
      sse: tokenInAddress,
    },
  },
  {
    ...{
      number: '83',
      title: 'the token of one tenant, the name of another',
      sent: 'x-tenant: other',
      safe: '403 FORBIDDEN, 4403',
    },
    trials: {
      http: async (scene) => {
        const sub = nextVictim();
        const headers = { ...(await scene.credential({ sub })), 'x-tenant': 'other' };
        const audit = await AuditWatch.begin(scene);
        const answer = await post(scene.production.url, { query: '{ __typename }' }, headers);
        return [
          ...refusalFaults(answer, { statuses: [403], codes: ['FORBIDDEN'], sent: '' }),
          ...(await audit.lacks({ action: 'another tenant', outcome: 'denied', by: `#${sub}`, times: 1 })),
        ];
      },
      websocket: async (scene) => {
        const sub = nextVictim();
        const audit = await AuditWatch.begin(scene);
        using socket = await AttackSocket.open({ url: scene.production.webSocketUrl });
        const payload = { ...(await scene.credential({ sub })), 'X-Tenant': 'other' };
        socket.say({ type: 'connection_init', payload });
        const code = await socket.ends(5_000);
        return [
          ...(code === 4403 ? [] : [`closed with ${code}, expected 4403`]),
          ...(await audit.lacks({ action: 'another tenant', outcome: 'denied', by: `#${sub}`, times: 1 })),
        ];
      },
      sse: async (scene) => {
        const sub = nextVictim();
        const headers = { ...(await scene.credential({ sub })), 'x-tenant': 'other' };
        const audit = await AuditWatch.begin(scene);
        const query = 'subscription { signalEvents { __typename } }';
        const answer = await postForEvents(scene.production.url, { query }, headers);
        return [
          ...refusalFaults(answer, { statuses: [403], codes: ['FORBIDDEN'], sent: '' }),
          ...(await audit.lacks({ action: 'another tenant', outcome: 'denied', by: `#${sub}`, times: 1 })),
        ];
      },
    },
  },
  {
    ...{
      number: '84',
      title: 'a user who was shut out',
      sent: 'a good token of a disabled user',
      safe: '401, the subscription closed within 5 s',
    },
    trials: {
      http: (scene) => afterwards(scene, disable, 401),
      websocket: (scene) => closedWithin(scene, disable),
    },
  },
];

/** Something that an operator takes away from a user. */
type Taking = (scene: Scene, subject: string, tokenId: string) => Promise<unknown>;

const revoke: Taking = ({ deployment: { owner, issuer } }, _subject, id) =>
  owner.query('insert into revoked_token (issuer, token_id) values ($1, $2) on conflict do nothing', [issuer.url, id]);
const disable: Taking = ({ deployment: { owner, issuer } }, subject) =>
  owner.query(
    'insert into user_restriction (issuer, subject, disabled_at) values ($1, $2, now()) on conflict do nothing',
    [issuer.url, subject],
  );
/** For the attack on a role that is taken away. */
export const restrict: Taking = ({ deployment: { owner, issuer } }, subject) =>
  owner.query(
    `insert into user_restriction (issuer, subject, allowed_permissions) values ($1, $2, '{service:read}') on conflict do nothing`,
    [issuer.url, subject],
  );

let victims = 0;
const nextVictim = (): string => `victim-${process.pid}-${++victims}`;

async function victim(scene: Scene) {
  const sub = nextVictim();
  const jti = `lost-${sub}`;
  return { sub, jti, headers: await scene.credential({ sub, jti }) };
}

export async function afterwards(scene: Scene, take: Taking, status: number): Promise<Faults> {
  const { sub, jti, headers } = await victim(scene);
  const ask = () => post(scene.production.url, { query: '{ signals { nodes { id } } }' }, headers);
  const before = await ask();
  await take(scene, sub, jti);
  const audit = await AuditWatch.begin(scene);
  const denied = { action: 'Query.signals', outcome: 'denied', by: `#${sub}`, times: 1 };
  return [
    ...(before.status === 200 ? [] : [`status ${before.status} before`]),
    ...refusalFaults(await ask(), { statuses: [status], sent: '' }),
    ...(await audit.lacks(status === 403 ? denied : { ...NOT_KNOWN, times: 1 })),
  ];
}

export async function closedWithin(scene: Scene, take: Taking): Promise<Faults> {
  const { sub, jti, headers } = await victim(scene);
  using socket = await AttackSocket.authenticated(scene.production.webSocketUrl, headers);
  await socket.ask('1', { query: 'subscription { signalEvents { __typename } }' });
  await take(scene, sub, jti);
  const code = await socket.ends(5_000);
  return code === 4403 ? [] : [`closed with ${code} after 5 s, expected 4403`];
}

export async function streamEnds(scene: Scene, take: Taking): Promise<Faults> {
  const { sub, jti, headers } = await victim(scene);
  return streamEndsWithin(scene, headers, () => take(scene, sub, jti), 5_000);
}

async function ownKeys(scene: Scene): Promise<Faults> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const jwk = { ...(await exportJWK(publicKey)), kid: 'mine', alg: 'RS256', use: 'sig' };
  let fetched = 0;
  const server = createServer((_request, response) => {
    fetched += 1;
    response.end(JSON.stringify({ keys: [jwk] }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}/keys`;
  const sign = async (header: Record<string, unknown>): Promise<string> =>
    new CompactSign(Buffer.from(await goodClaims(scene)))
      .setProtectedHeader({ alg: 'RS256', typ: 'at+jwt', ...header })
      .sign(privateKey);
  const faults = await refusedOverHttp(scene, async () => ({
    jku: await sign({ kid: 'mine', jku: url }),
    x5u: await sign({ kid: 'mine', x5u: url }),
    jwk: await sign({ jwk }),
    'jwk with a known kid': await sign({ kid: 'rsa', jwk }),
  }));
  server.close();
  return [...faults, ...(fetched === 0 ? [] : [`our keys were fetched ${fetched} times`])];
}

async function unknownKeys(scene: Scene): Promise<Faults> {
  const { issuer } = scene.deployment;
  const good = await scene.credential();
  const tokens = await Promise.all(Array.from({ length: 20 }, (_, n) => rsaToken(scene, { kid: `unknown-${n}` })));
  const before = issuer.fetches;
  const audit = await AuditWatch.begin(scene);
  const statuses: (number | null)[] = [];
  for (let round = 0; round < 50; round++)
    statuses.push(
      ...(
        await Promise.all(
          tokens.map((token) =>
            post(scene.production.url, { query: '{ __typename }' }, { authorization: `Bearer ${token}` }),
          ),
        )
      ).map(({ status }) => status),
    );
  const fetches = issuer.fetches - before;
  const after = await post(scene.production.url, { query: '{ __typename }' }, good);
  return [
    ...(fetches <= 1 ? [] : [`the keys were fetched ${fetches} times`]),
    ...(statuses.every((status) => status === 401)
      ? []
      : [`statuses ${[...new Set(statuses)].join(', ')}, expected 401`]),
    ...(after.status === 200 ? [] : [`a good token has the status ${after.status}`]),
    ...(await audit.lacks({ ...NOT_KNOWN, times: statuses.length })),
  ];
}

const COOL_DOWN_MS = 31_000;

/** On an issuer and a service of its own: what is rotated is gone for everybody else. */
async function newKey({ deployment }: Scene): Promise<Faults> {
  await using issuer = await TestIssuer.start();
  await using service = await deployment.start({ AUTH_ISSUER: issuer.url, AUTH_JWKS_URL: `${issuer.url}/keys` });
  const ask = async () =>
    (
      await post(
        service.url,
        { query: '{ __typename }' },
        { authorization: `Bearer ${await issuer.token(Date.now())}` },
      )
    ).status;
  const old = { authorization: `Bearer ${await issuer.token(Date.now())}` };
  const before = await ask();
  await sleep(COOL_DOWN_MS);
  await issuer.rotate('second');
  const fetches = issuer.fetches;
  const statuses = [await ask(), await ask()];
  const gone = (await post(service.url, { query: '{ __typename }' }, old)).status;
  return [
    ...([before, ...statuses].every((status) => status === 200)
      ? []
      : [`statuses ${before}, ${statuses.join(', ')}, expected 200`]),
    ...(issuer.fetches - fetches <= 1 ? [] : [`${issuer.fetches - fetches} looks at the keys`]),
    ...(gone === 401 ? [] : [`status ${gone} for the old key, expected 401`]),
  ];
}

async function issuerAway(scene: Scene): Promise<Faults> {
  const { issuer, start } = scene.deployment;
  const headers = await scene.credential();
  await using fresh = await start({});
  issuer.down = true;
  try {
    const known = await post(scene.production.url, { query: '{ __typename }' }, headers);
    const unknown = await post(fresh.url, { query: '{ __typename }' }, headers);
    using socket = await AttackSocket.open({ url: fresh.webSocketUrl });
    socket.say({ type: 'connection_init', payload: headers });
    const code = await socket.ends(5_000);
    return [
      ...(known.status === 200 ? [] : [`status ${known.status} under a known key`]),
      ...(unknown.status === 503 && unknown.text.includes('UNAVAILABLE')
        ? []
        : [`status ${unknown.status} without keys, expected 503`]),
      ...(code !== null && !socket.heard.some(({ type }) => type === 'connection_ack')
        ? []
        : ['let in over a WebSocket without keys']),
    ];
  } finally {
    issuer.down = false;
  }
}
