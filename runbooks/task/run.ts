import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tasks } from '../../backend/roles.ts';
import { namespaces } from '../../infra/names.ts';
import { jobFor } from './job.ts';
import { restoreJobFor } from './restore-job.ts';

const HELP = `Prints the Job that carries out a task of the service in the cluster, as the account that migrates its database, with the image that did so last. Task restore is for a stack
with its database in the cluster: as the account of that, with its disks, once its pod is gone; then what was restored is in the place of what was there.

Usage: npm run --silent task -- TASK [options of the task] | kubectl apply -f -

Tasks: ${Object.keys(tasks).join(', ')}. Their options are those of npm run TASK -- --help.

Exit code: 0 printed, 1 kubectl could not be asked, 2 a wrong argument.`;

const MIGRATIONS = ['job', '--selector', 'app.kubernetes.io/component=migrate'];
const DATABASE = ['statefulset', 'database'];

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), process.stdout, process.stderr);

type Output = Pick<NodeJS.WriteStream, 'write'>;

async function main([task, ...args]: readonly string[], output: Output, errors: Output): Promise<0 | 1 | 2> {
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
  try {
    const job =
      task === 'restore' ? restoreJobFor(args, await get(DATABASE)) : jobFor(task, args, await get(MIGRATIONS));
    output.write(`${JSON.stringify(job, null, 2)}\n`);
    return 0;
  } catch (error) {
    errors.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}

async function get(what: readonly string[]): Promise<unknown> {
  const command = ['--namespace', namespaces.service, 'get', ...what, '--output', 'json'];
  const { stdout } = await promisify(execFile)('kubectl', command, { timeout: 20_000, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout);
}
