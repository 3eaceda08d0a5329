import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tasks } from '../../backend/roles.ts';
import { namespaces, sidecars } from '../../infra/names.ts';
import { jobFor } from './job.ts';
import { restoreJobFor } from './restore-job.ts';

/** Who takes backups, and the tasks that need what only they have. */
const keepers = [
  { where: 'with Cloud SQL', pod: 'deployment/worker', container: 'worker' },
  { where: 'with the database in the cluster', pod: 'database-0', container: sidecars.keeper },
] as const;
const besides: Readonly<Record<string, typeof keepers>> = { backup: keepers, 'restore-drill': keepers };
/** The program in the image. */
const PROGRAM = '/usr/local/bin/node /app/main.js';

const HELP = `Prints the Job that carries out a task of the service in the cluster, as the account that migrates its database, with the image that did so last. Task restore is for a stack
with its database in the cluster: as the account of that, with its disks, once its pod is gone; then what was restored is in the place of what was there.

Usage: npm run --silent task -- TASK [options of the task] | kubectl apply -f -

Tasks: ${Object.keys(tasks)
  .filter((task) => !(task in besides))
  .join(', ')}. Their options are those of npm run TASK -- --help.
Of ${Object.keys(besides).join(' and ')} it says how they are done where backups are taken: that process has the place, its key and the right to it.

Exit code: 0 printed, 1 kubectl could not be asked, 2 a wrong argument.`;

/** The first task has users and rights of its own. */
const jobsLike = (task: string) => [
  'job',
  '--selector',
  `app.kubernetes.io/component=${task === 'prepare-database' ? task : 'migrate'}`,
];
const DATABASE = ['statefulset', 'database'];

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.stdout, process.stderr);

type Output = Pick<NodeJS.WriteStream, 'write'>;

/** Prints the Job, or says on `errors` why there is none, and gives the exit code. */
export async function main([task, ...args]: readonly string[], output: Output, errors: Output): Promise<0 | 1 | 2> {
  if (task === undefined || task === '--help') {
    output.write(`${HELP}\n`);
    return task === undefined ? 2 : 0;
  }
  if (!(task in tasks)) {
    errors.write(
      `the task is ${JSON.stringify(task.slice(0, 64))}, expected one of ${Object.keys(tasks).join(', ')}\n`,
    );
    return 2;
  }
  const places = besides[task];
  if (places !== undefined) {
    errors.write(`${task} is no Job: only who takes the backups has their place and key. In its pod, where that is\n`);
    for (const { where, pod, container } of places)
      errors.write(
        `${where}: kubectl --namespace ${namespaces.service} exec ${pod} --container ${container} -- ${PROGRAM} ${[task, ...args].map(quoted).join(' ')}\n`,
      );
    return 2;
  }
  try {
    const job =
      task === 'restore' ? restoreJobFor(args, await get(DATABASE)) : jobFor(task, args, await get(jobsLike(task)));
    output.write(`${JSON.stringify(job, null, 2)}\n`);
    return 0;
  } catch (error) {
    errors.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

/** As a shell takes it. */
function quoted(word: string): string {
  return /^[\w.,:=/@-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function get(what: readonly string[]): Promise<unknown> {
  const command = ['--namespace', namespaces.service, 'get', ...what, '--output', 'json'];
  const { stdout } = await promisify(execFile)('kubectl', command, { timeout: 20_000, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}
