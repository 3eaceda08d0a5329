import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { roles } from '../../backend/roles.ts';
import { alertOf } from '../incidents/begin.ts';
import { IncidentError, iso, note } from '../incidents/incident.ts';
import { IncidentStore } from '../incidents/store.ts';
import { readPages } from '../page/files.ts';
import { embeddedAddress } from '../sql/embedded.ts';
import { forward } from '../sql/forward.ts';
import { Bundle, changedFiles, type Manifest, reason } from './bundle.ts';
import { fromCluster, fromDatabase, fromHere, fromLogs, fromPrometheus, fromService, type Span } from './sources.ts';

const HELP = `Gathers into one folder what will be asked for afterwards, before it is mended away. It changes nothing.

Usage: npm run --silent evidence -- ALERT [options]
       npm run --silent evidence -- --verify FOLDER

  --prometheus URL  whose queries of the page are asked (default: PROMETHEUS_URL, with PROMETHEUS_TOKEN)
  --service URL     the internal port of a process, such as http://127.0.0.1:4001: its metrics and its health
  --through ROLE    the database through the proxy beside a pod of that role, with kubectl (default: DATABASE_URL)
  --data-dir FOLDER the embedded database of npm start that runs in this folder
  --cluster         pods, events and logs of the cluster, with kubectl
  --log FILE        the end of a log; may be given again
  --hours N         how far back, 1 to 168 (default 1)
  --to FOLDER       where the folder of it is made (default .heliograph/evidence)
  --incident ID     writes into the timeline of that incident where it is
  --verify FOLDER   whether all files are still what was gathered
  --help            this text

What cannot be had is named with the reason, in manifest.json too. Exit code: 0 gathered, or all as it was; 1 nothing of it could be had, or a file has
changed; 2 a wrong argument.`;

type Write = (line: string) => void;
type Env = Readonly<Record<string, string | undefined>>;

const options = {
  prometheus: { type: 'string' },
  service: { type: 'string' },
  through: { type: 'string' },
  'data-dir': { type: 'string' },
  cluster: { type: 'boolean' },
  log: { type: 'string', multiple: true },
  hours: { type: 'string', default: '1' },
  to: { type: 'string' },
  incident: { type: 'string' },
  verify: { type: 'string' },
  help: { type: 'boolean' },
} as const;

const root = join(import.meta.dirname, '../..');

if (import.meta.main) process.stdout.once('error', () => process.exit(0));
if (import.meta.main)
  process.exitCode = await main(process.argv.slice(2), process.env, Date.now(), (line) =>
    process.stdout.write(`${line}\n`),
  );

/** Gathers, tells what it has and what not, and gives the exit code. */
export async function main(args: readonly string[], env: Env, now: number, write: Write): Promise<0 | 1 | 2> {
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    if (values.help) {
      write(HELP);
      return 0;
    }
    if (values.verify !== undefined) return await verified(values.verify, write);
    const [given, ...more] = positionals;
    if (given === undefined || more.length > 0)
      throw new IncidentError(`expected the name of one alert, given ${positionals.length}: --help tells more`);
    if (!/^([1-9]|[1-9]\d|1[0-5]\d|16[0-8])$/.test(values.hours))
      throw new IncidentError(
        `--hours is ${JSON.stringify(values.hours.slice(0, 64))}, expected a whole number from 1 to 168`,
      );
    const store = new IncidentStore(env['INCIDENT_DIR'] ?? join(root, '.heliograph/incidents'));
    // Asked for before anything is gathered for it.
    const incident = values.incident === undefined ? null : await store.find(values.incident);
    const { name } = alertOf(given);
    const span = { from: now - Number(values.hours) * 3_600_000, until: now };
    const folder = join(
      resolve(values.to ?? join(root, '.heliograph/evidence')),
      `${name}-${iso(now).replaceAll(':', '')}`,
    );
    const bundle = new Bundle(folder, { alert: name, collectedAt: iso(now), since: iso(span.from) });
    await gather(bundle, name, values, env, span);
    const manifest = await bundle.close();
    const code = told(folder, manifest, write);
    const line = `Evidence of ${name}: ${manifest.files.length} files in ${folder}`;
    if (incident !== null)
      await store.change(incident.id, (of) =>
        note(of, line, { now, at: now, by: 'evidence', public: false }, 'evidence'),
      );
    return code;
  } catch (error) {
    write(reason(error));
    return error instanceof IncidentError || error instanceof TypeError ? 2 : 1;
  }
}

type Values = Partial<Record<'prometheus' | 'service' | 'through' | 'data-dir', string>> & {
  readonly cluster?: boolean;
  readonly log?: string[];
};

async function gather(bundle: Bundle, alert: string, given: Values, env: Env, span: Span): Promise<void> {
  await fromHere(bundle, env);
  const prometheus = given.prometheus ?? env['PROMETHEUS_URL'];
  const page = (await readPages()).find(({ name }) => name === alert);
  if (page === undefined) bundle.lack('what the queries of the page give', `there is no page runbooks/${alert}.md`);
  else if (prometheus === undefined)
    bundle.lack('what the queries of the page give', 'no --prometheus and no PROMETHEUS_URL');
  else await fromPrometheus(bundle, { address: prometheus, token: env['PROMETHEUS_TOKEN'] }, page, span);
  if (given.service === undefined) bundle.lack('what the service says of itself', 'no --service');
  else await fromService(bundle, given.service);
  await database(bundle, given, env['DATABASE_URL'], span);
  if (given.log === undefined && given.cluster !== true) bundle.lack('logs', 'no --log and no --cluster');
  await fromLogs(bundle, given.log ?? []);
  const deployed = Object.keys(roles).filter((role) => role !== 'all');
  if (given.cluster === true) await fromCluster(bundle, deployed, span);
  else bundle.lack('what the cluster knows', 'no --cluster');
}

async function database(
  bundle: Bundle,
  { through, 'data-dir': folder }: Values,
  address: string | undefined,
  span: Span,
): Promise<void> {
  try {
    await using way = through === undefined ? null : await forward(through);
    const at = way?.address ?? (folder === undefined ? address : embeddedAddress(folder));
    if (at === undefined) bundle.lack('what the database has', 'no --through, no --data-dir and no DATABASE_URL');
    else await fromDatabase(bundle, at, span);
  } catch (error) {
    bundle.lack('what the database has', reason(error));
  }
}

function told(folder: string, { files, missing }: Manifest, write: Write): 0 | 1 {
  for (const { path, what } of files) write(`${path.padEnd(36)} ${what}`);
  for (const { what, why } of missing) write(`not gathered: ${what}: ${why}`);
  write(`${files.length} files and manifest.json in ${folder}`);
  // Which version and settings this is one knows always.
  return files.some(({ path }) => path !== 'here.json') ? 0 : 1;
}

async function verified(folder: string, write: Write): Promise<0 | 1> {
  const changed = await changedFiles(folder);
  for (const line of changed) write(line);
  write(changed.length === 0 ? 'all files are what was gathered' : `${changed.length} files are not what was gathered`);
  return changed.length === 0 ? 0 : 1;
}
