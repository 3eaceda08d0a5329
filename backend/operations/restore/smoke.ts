import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

export type SmokeOptions = {
  /** Of the restored database, as the service's role. */
  readonly databaseUrl: string;
  /** How this program is started: Node, its options, the program. */
  readonly program: readonly string[];
};

export type Smoke = {
  readonly fault: string | null;
  /** Of the slowest twentieth of the requests that were sent once it was warm, ms; null when there was no answer. */
  readonly p95Ms: number | null;
};

const START_MS = 60_000;
const REQUESTS = 60;
const WARM_UP = 20;
/** Nobody waits longer for one answer: a restored server that hangs must not hang the drill. ms */
const ANSWER_MS = 30_000;
/** The target of queries; a restored server that is slower is none to go back to. */
const SLOWEST_MS = 1_000;
const QUERY = '{ signals(first: 5) { nodes { id instrument { symbol } } } }';

/** Starts the real role that answers GraphQL on a restored database, asks it, and ends it. */
export async function smoke({ databaseUrl, program }: SmokeOptions, onAnswer: () => void): Promise<Smoke> {
  const [port, internalPort] = [await freePort(), await freePort()];
  const [node = '', ...args] = program;
  const child = spawn(node, [...args, 'start', '--role', 'api'], {
    // Nothing of our own settings: neither secrets nor the address of the database that is in use.
    env: {
      ENVIRONMENT: 'test',
      LOG_LEVEL: 'error',
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      INTERNAL_PORT: String(internalPort),
      // How long an answer takes is what is measured: on a machine that is busy nobody is to be turned away instead.
      OVERLOAD_DELAY_MS: '10000',
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  // Without a listener, a process that the system does not start would be the end of this one.
  child.once('error', (error) => {
    said = error.message;
  });
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = `${said}${chunk.toString()}`.slice(-2_000);
    });
  try {
    await ready(child, port);
    const times: number[] = [];
    for (let request = 0; request < REQUESTS; request += 1) {
      const begin = performance.now();
      await ask(port);
      onAnswer();
      if (request >= WARM_UP) times.push(performance.now() - begin);
    }
    const p95Ms = times.sort((a, b) => a - b)[Math.floor(times.length * 0.95)] ?? null;
    const isSlow = p95Ms !== null && p95Ms > SLOWEST_MS;
    return {
      fault: isSlow ? `a query took ${p95Ms.toFixed(0)} ms (p95), expected at most ${SLOWEST_MS}` : null,
      p95Ms,
    };
  } catch (error) {
    return { fault: `${error instanceof Error ? error.message : String(error)} ${said}`.trim(), p95Ms: null };
  } finally {
    await end(child);
  }
}

async function ready(child: ChildProcess, port: number): Promise<void> {
  for (const deadline = performance.now() + START_MS; performance.now() < deadline; await sleep(50)) {
    if (child.exitCode !== null) throw new Error(`the role api ended with exit code ${child.exitCode}:`);
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`, patience()).catch(() => null);
    if (answer?.ok === true) return;
    // Why, is told only after the loop has turned once.
    if (child.pid === undefined) throw new Error('the role api was not started:');
  }
  throw new Error(`the role api was not ready within ${START_MS / 1_000} s:`);
}

async function ask(port: number): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/graphql`, {
    ...patience(),
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query: QUERY }),
  });
  const text = await answer.text();
  if (!answer.ok || text.includes('"errors"'))
    throw new Error(`a query was answered with ${answer.status}: ${text.slice(0, 200)}`);
}

const patience = () => ({ signal: AbortSignal.timeout(ANSWER_MS) });

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((closed) => server.close(closed));
  return port;
}
