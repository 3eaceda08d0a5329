import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { tasks } from '../../backend/roles.ts';
import { namespaces } from '../../infra/names.ts';
import { jobFor } from './job.ts';

const HELP = `Prints the Job that carries out a task of the service in the cluster, as the account that migrates its database, with the image that did so last.

Usage: npm run --silent task -- TASK [options of the task] | kubectl apply -f -

Tasks: ${Object.keys(tasks).join(', ')}. Their options are those of npm run TASK -- --help.

Exit code: 0 printed, 1 kubectl could not be asked, 2 a wrong argument.`;

const COMMAND = [
  '--namespace',
  namespaces.service,
  'get',
  'job',
  '--selector',
  'app.kubernetes.io/component=migrate',
  '--output',
  'json',
];

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
    const { stdout } = await promisify(execFile)('kubectl', COMMAND, { timeout: 20_000, maxBuffer: 64 * 1024 * 1024 });
    output.write(`${JSON.stringify(jobFor(task, args, JSON.parse(stdout)), null, 2)}\n`);
    return 0;
  } catch (error) {
    errors.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return 1;
  }
}
