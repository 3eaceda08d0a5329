import { createClient } from 'graphql-ws';
import { WebSocket } from 'ws';
import type { EmbeddedPostgres } from '../../backend/platform/postgres/index.ts';
import { ports, probes } from '../../backend/roles.ts';
import { Program } from '../common/program.ts';
import type { Container } from './container.ts';

const LIMIT_S = { task: 120, ready: 120, stop: 60 } as const;
const SECRET = 'known-to-this-proof-and-nobody-else-0123456789';

type Write = (line: string) => void;
type Place = { readonly container: Container; readonly server: EmbeddedPostgres; readonly stop: AbortSignal };

/** Migrates, makes a key, starts pipeline and api, asks a question, follows what happens, and ends both: all by the files of the image. */
export async function serve(place: Place, write: Write): Promise<void> {
  const { server } = place;
  await task(place, ['migrate'], { DATABASE_URL: server.applicationUrl, DATABASE_OWNER_URL: server.ownerUrl });
  const made = await task(place, ['key', '--days', '1'], { DATABASE_URL: server.applicationUrl });
  const key = /key\s+(\S+)\s+\(shown once/.exec(made)?.[1];
  if (key === undefined) throw new Error(`The task key printed no key:\n${made}`);
  write('migrated, and a key made');

  const pipeline = role(place, 'pipeline', { INTERNAL_PORT: '24011', FEED: 'simulated' });
  const api = role(place, 'api', {
    // What is measured here is no speed, and the machine may have much else to do.
    OVERLOAD_DELAY_MS: '10000',
    ...{
      HOST: '127.0.0.1',
      PORT: '24010',
      INTERNAL_PORT: '24012',
      CURSOR_SECRET: SECRET,
      ALLOWED_ORIGINS: 'http://localhost',
    },
  });
  try {
    await Promise.all([ready(pipeline, 24_011, place.stop), ready(api, 24_012, place.stop)]);
    write(`ready after ${api.seconds()} s: api and pipeline`);
    await answers(key, write);
    for (const [name, program] of Object.entries({ api, pipeline })) {
      program.child.kill('SIGTERM');
      await program.ended(LIMIT_S.stop, `${name}, after SIGTERM`);
    }
    write('stopped by SIGTERM, exit code 0 both');
  } finally {
    for (const program of [api, pipeline]) program.kill();
  }
}

async function task({ container, stop }: Place, args: readonly string[], env: Record<string, string>): Promise<string> {
  const program = new Program(container.start({ args, env: { ...env, ENVIRONMENT: 'staging' } }), stop);
  try {
    await program.ended(LIMIT_S.task, args.join(' '));
    return program.output;
  } finally {
    program.kill();
  }
}

function role({ container, server, stop }: Place, name: string, env: Record<string, string>): Program {
  const common = { ENVIRONMENT: 'staging', DATABASE_URL: server.applicationUrl, INTERNAL_HOST: '127.0.0.1' };
  return new Program(container.start({ args: ['start', '--role', name], env: { ...common, ...env } }), stop);
}

async function ready(program: Program, port: number, stop: AbortSignal): Promise<void> {
  for (const end = performance.now() + LIMIT_S.ready * 1000; performance.now() < end; ) {
    stop.throwIfAborted();
    const answer = await fetch(`http://127.0.0.1:${port}${probes.ready}`).catch(() => null);
    if (answer?.status === 200) return;
    if (program.child.exitCode !== null) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(
    `Port ${port} was not ready, expected it within ${LIMIT_S.ready} s of ${ports.internal.number}\n${program.output}`,
  );
}

async function answers(key: string, write: Write): Promise<void> {
  const asked = await post(key, '{ instruments(first: 1) { nodes { id symbol } } }');
  const text = await asked.text();
  if (!text.includes('"symbol":')) throw new Error(`A query was answered with ${asked.status} ${text}`);
  write(`a query: ${text}`);

  const { data } = JSON.parse(text) as { data: { instruments: { nodes: { id: string }[] } } };
  const instrument = data.instruments.nodes[0]?.id ?? '';
  const question = `subscription { bars(instrument: ${JSON.stringify(instrument)}, from: BEGINNING, maxBatch: 1) { __typename ... on BarBatch { bars { close } } } }`;
  write(`a subscription: ${await firstItem(key, question)}`);
}

function post(key: string, query: string): Promise<Response> {
  return fetch('http://127.0.0.1:24010/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
    body: JSON.stringify({ query }),
    signal: AbortSignal.timeout(60_000),
  });
}

async function firstItem(key: string, query: string): Promise<string> {
  const client = createClient({
    url: 'ws://127.0.0.1:24010/graphql',
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${key}` },
    retryAttempts: 0,
  });
  try {
    for await (const { data, errors } of client.iterate({ query })) {
      const text = JSON.stringify(data ?? errors);
      if (text.includes('BarBatch')) return text;
      if (errors !== undefined) throw new Error(`A subscription was answered with ${text}`);
    }
  } finally {
    await client.dispose();
  }
  throw new Error('A subscription ended before its first bar');
}
