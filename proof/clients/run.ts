import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { newcomer, startAs } from '../common/newcomer.ts';
import { Program } from '../common/program.ts';
import { FaultProxy } from '../common/proxy.ts';
import { allExamples, type Example, installExamples, languages } from './examples.ts';
import { ReplayedService } from './service.ts';
import { seqsOf, wrongWith } from './verdict.ts';

const HELP = `Runs every example of client/examples, as somebody who installed the client from its tarball, against the real service; cuts all of
their connections, restarts the service underneath; and looks whether each of them printed every event once and in order.

Usage: npm run proof:clients -- [--python PROGRAM] [--keep]

  --python PROGRAM  a Python that has gql[websockets] (default: python3)
  --keep            leave the folder where it is
  --help            this text

Exit code: 0 all that could be run did, 1 one did not, 2 the proof failed.`;

/** Seconds. */
const LIMIT = { first: 60, back: 30, last: 90, history: 30 } as const;
/** What is printed twice comes late. ms */
const AFTERWARDS_MS = 1_500;

type Write = (line: string) => void;
type Running = { readonly example: Example; readonly program: Program; seqs(): number[] };

process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

async function main(args: string[], write: Write): Promise<0 | 1 | 2> {
  const stop = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.on(name, () => stop.abort(new Error(`ended by ${name}`)));
  let folder: string | undefined;
  let keep = false;
  try {
    const { values } = parseArgs({
      args,
      options: { help: { type: 'boolean' }, keep: { type: 'boolean' }, python: { type: 'string' } },
    });
    if (values.help) {
      write(HELP);
      return 0;
    }
    keep = values.keep === true;
    folder = await mkdtemp(join(tmpdir(), 'heliograph-clients-'));
    // Root's database runs as another user and must be able to enter.
    await chmod(folder, 0o755);
    return (await prove(folder, values.python ?? 'python3', write, stop.signal)) ? 0 : 1;
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 2;
  } finally {
    if (folder !== undefined && keep) write(`kept: ${folder}`);
    else if (folder !== undefined) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

async function prove(folder: string, python: string, write: Write, stop: AbortSignal): Promise<boolean> {
  const who = newcomer('current');
  const cwd = await installExamples(who, folder, stop);
  const service = await ReplayedService.start(who, folder, stop);
  await using front = await FaultProxy.to(Number(new URL(service.url).port));
  const started: Running[] = [];
  try {
    const url = Object.assign(new URL(service.url), { port: String(front.port) }).href;
    const addresses = { http: url, ws: url.replace('http', 'ws') };
    const examples = allExamples(addresses, folder, languages(python, cwd, write));
    for (const example of examples) started.push(startedExample(example));
    await everyoneReached(1, LIMIT.first);
    // A client that comes back at once comes back by itself, one that the service is not there for may be made anew.
    const { opened } = front;
    front.reset();
    await cameBack(front, opened, started.length);
    await service.restart();
    const head = await service.lastSeq();
    await everyoneReached(head, LIMIT.last).catch(() => undefined);
    await sleep(AFTERWARDS_MS);
    const history = startedExample({
      name: 'curl, a query',
      over: 'WebSocket',
      command: ['bash', 'history.sh', addresses.http],
    });
    await history.program.ended(LIMIT.history, 'history.sh');
    const isTold = await tellsOfWrongPlace(addresses.http);
    write(`curl, another filter's cursor  ${isTold ? 'told, and ended' : 'NOT told'}`);
    return judged([...started, history], head, write) && isTold;
  } finally {
    for (const { program } of started) program.kill();
    service.kill();
  }

  function startedExample(example: Example): Running {
    const child = startAs(who, example.command, { cwd });
    let printed = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    return { example, program: new Program(child, stop), seqs: () => seqsOf(printed) };
  }

  /** A place that cannot be gone on from is said to be one; to try again for ever would be silence. */
  async function tellsOfWrongPlace(url: string): Promise<boolean> {
    const cursor = await cursorUnderFilter(url);
    const { program } = startedExample({
      ...{ name: 'curl', over: 'SSE' },
      command: ['bash', 'subscribe.sh', url, cursor],
    });
    const said = await program.ended(LIMIT.history, 'subscribe.sh').catch((error: Error) => error.message);
    return said?.includes('cannot go on: FILTER_CHANGED') === true;
  }

  async function everyoneReached(seq: number, seconds: number): Promise<void> {
    for (const end = performance.now() + seconds * 1000; performance.now() < end; await sleep(50)) {
      stop.throwIfAborted();
      if (started.every(({ seqs }) => (seqs().at(-1) ?? 0) >= seq)) return;
    }
    const behind = started.filter(({ seqs }) => (seqs().at(-1) ?? 0) < seq);
    const told = behind.map(({ example, program }) => `${example.name} said:\n${program.output.trimEnd()}`);
    throw new Error(`not all have printed event ${seq} after ${seconds} s\n${told.join('\n')}`);
  }
}

async function cursorUnderFilter(url: string): Promise<string> {
  const query = '{ signalEvents(first: 1, filter: { sides: [LONG, SHORT] }) { pageInfo { endCursor } } }';
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data } = (await response.json()) as { data: { signalEvents: { pageInfo: { endCursor: string } } } };
  return data.signalEvents.pageInfo.endCursor;
}

async function cameBack(front: FaultProxy, before: number, clients: number): Promise<void> {
  for (const end = performance.now() + LIMIT.back * 1000; performance.now() < end; await sleep(50))
    if (front.opened - before >= clients) return;
  throw new Error(`${front.opened - before} of ${clients} clients have come back within ${LIMIT.back} s`);
}

function judged(all: readonly Running[], head: number, write: Write): boolean {
  let failed = 0;
  for (const { example, program, seqs } of all) {
    const wrong = wrongWith(seqs(), head);
    write(`${titleOf(example)} ${wrong ?? `every event from 1 to ${head} once, in order`}`);
    if (wrong === null) continue;
    failed += 1;
    write(program.output.trimEnd().split('\n').slice(-5).join('\n'));
  }
  write(`clients: ${all.length - failed} passed, ${failed} failed`);
  return failed === 0;
}

function titleOf({ name, over }: Example): string {
  return `${name} over ${over}`.padEnd(28);
}
