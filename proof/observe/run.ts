import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { SCRAPE_JOB } from '../../alerts/index.ts';
import { ports } from '../../backend/roles.ts';
import { ProgramMissing } from '../common/prometheus/missing.ts';
import { startPrometheus } from '../common/prometheus/prometheus.ts';
import { ended } from '../common/service.ts';
import { type BoardFile, boardTexts } from '../dashboards/boards.ts';
import { startAlertmanager } from './alertmanager.ts';
import { type Pictures, picturesIn } from './picture.ts';
import { writePages } from './write.ts';

type Write = (line: string) => void;

const root = join(import.meta.dirname, '../..');
const HELP = `Watches a service that runs: a Prometheus with the generated rules, an Alertmanager with the generated configuration, and a page for
each dashboard, drawn from the answers to its queries. The pages stand in for Grafana. Panels of a cluster and a cloud stay empty here.

Usage: npm run observe -- [--service HOST:PORT] [--folder FOLDER] [--every SECONDS] [--once] [--pictures FOLDER]

  --service HOST:PORT  the internal port of the service (default 127.0.0.1:${ports.internal.number})
  --folder FOLDER      where pages and data are written (default .heliograph/observe)
  --every SECONDS      how often the pages are written anew, 5 to 3600 (default 60)
  --once               ends after the first pages
  --pictures FOLDER    takes a picture of each page too, with Chromium
  --help               this text

It runs until it is interrupted. Exit code: 0 ended as told, 1 something is missing, 2 a wrong argument.`;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

/** Watches until it is interrupted, and gives the exit code. */
export async function main(args: readonly string[], write: Write): Promise<0 | 1 | 2> {
  const chosen = choose(args, write);
  if (typeof chosen === 'number') return chosen;
  const stop = new AbortController();
  const interrupt = (): void => stop.abort();
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await watch(chosen, stop.signal, write);
    return 0;
  } catch (error) {
    if (error instanceof ProgramMissing) write(`not run: ${error.message}`);
    else write(error instanceof Error ? error.message : String(error));
    return 1;
  }
}

type Chosen = {
  readonly service: string;
  readonly folder: string;
  readonly everyMs: number;
  readonly once: boolean;
  readonly pictures: string | undefined;
};

function choose(args: readonly string[], write: Write): Chosen | 0 | 2 {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        service: { type: 'string', default: `127.0.0.1:${ports.internal.number}` },
        folder: { type: 'string', default: join(root, '.heliograph/observe') },
        every: { type: 'string', default: '60' },
        once: { type: 'boolean', default: false },
        pictures: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    const { service, folder, every, once, pictures } = values;
    if (!values.help && /^\d{1,4}$/.test(every) && Number(every) >= 5 && Number(every) <= 3_600)
      return { service, folder: resolve(folder), everyMs: Number(every) * 1_000, once, pictures };
    write(values.help ? HELP : `--every is ${JSON.stringify(every.slice(0, 64))}, expected seconds from 5 to 3600`);
    return values.help ? 0 : 2;
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function watch(chosen: Chosen, stop: AbortSignal, write: Write): Promise<void> {
  const { service, folder } = chosen;
  const pictures = chosen.pictures === undefined ? undefined : await picturesIn(chosen.pictures);
  const answers = await fetch(`http://${service}/metrics`).then(
    ({ ok }) => ok,
    () => false,
  );
  if (!answers) throw new Error(`nothing tells of itself at http://${service}/metrics, expected a service: npm start`);

  await using stack = new AsyncDisposableStack();
  await mkdir(folder, { recursive: true });
  const alertmanager = await startAlertmanager(join(folder, 'alertmanager'));
  stack.defer(() => ended(alertmanager.child));
  const prometheus = await startPrometheus({
    folder: join(folder, 'prometheus'),
    scrape: '5s',
    targets: [
      { job: SCRAPE_JOB, address: service, role: 'all' },
      { job: 'alertmanager', address: alertmanager.host },
    ],
    alertmanager: alertmanager.host,
    itself: true,
  });
  stack.defer(() => ended(prometheus.child));
  write(`Prometheus    ${prometheus.address}/alerts`);
  write(`Alertmanager  http://${alertmanager.host} (without the secrets of its receivers it tells nobody)`);
  await repeat(prometheus.address, { ...chosen, pictures }, stop, write);
}

async function repeat(
  address: string,
  { folder, everyMs, once, pictures }: Omit<Chosen, 'pictures'> & { readonly pictures: Pictures | undefined },
  stop: AbortSignal,
  write: Write,
): Promise<void> {
  const texts = Object.entries(await boardTexts());
  const boards = texts.map(([name, text]) => [name, JSON.parse(text) as BoardFile] as const);
  const since = Math.floor(Date.now() / 1_000);
  for (let turn = 0; !stop.aborted && !(once && turn > 0); turn += 1) {
    await sleep(everyMs, null, { signal: stop }).catch(() => null);
    if (stop.aborted) return;
    const until = Math.floor(Date.now() / 1_000);
    const span = { from: since, until, step: Math.max(5, Math.ceil((until - since) / 240)) };
    const pages = await writePages(address, boards, span, {
      pages: join(folder, 'pages'),
      pictures,
    });
    if (turn === 0) for (const page of pages) write(`page          file://${page}`);
  }
}
