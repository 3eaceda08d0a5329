import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { SCRAPE_JOB } from '../../../alerts/index.ts';
import { untilReady } from '../../../alerts/testing/servers.ts';
import { freePort } from '../../../backend/testing/ports.ts';
import { root } from '../repository.ts';
import { ProgramMissing } from './missing.ts';

const rules = join(root, 'alerts/generated/prometheus');

export type Target = { readonly job: string; readonly address: string; readonly role?: string };

export type Asked = {
  readonly folder: string;
  readonly targets: readonly Target[];
  /** Of the Alertmanager that is told of alerts. */
  readonly alertmanager?: string;
  /** From one scrape to the next. */
  readonly scrape: `${number}${'s' | 'ms'}`;
  /** From one evaluation of the rules to the next, where it is not as generated. */
  readonly evaluate?: `${number}s`;
  /** Rules in place of the generated ones, by the name of the file. */
  readonly rules?: Readonly<Record<string, string>>;
  /** For the program, besides those that it needs here. */
  readonly flags?: readonly string[];
  /** Scrapes itself too. */
  readonly itself?: boolean;
  /** The port to listen on; one that is free when left out. */
  readonly port?: number;
};

export type Running = { readonly address: string; readonly child: ChildProcess };

/** Starts the Prometheus of this machine with the generated rules. Throws an Error where there is none, or where it does not start. */
export async function startPrometheus(asked: Asked): Promise<Running> {
  const { folder } = asked;
  await mkdir(folder, { recursive: true });
  await writeRules(join(folder, 'rules'), asked);
  const port = asked.port ?? (await freePort());
  const itself = asked.itself ? [{ job: 'prometheus', address: `127.0.0.1:${port}` }] : [];
  const config = configOf({ ...asked, targets: [...asked.targets, ...itself] });
  await writeFile(join(folder, 'prometheus.yml'), stringify(config));
  const child = spawn(
    'prometheus',
    [
      '--config.file=prometheus.yml',
      '--storage.tsdb.path=data',
      `--web.listen-address=127.0.0.1:${port}`,
      '--enable-feature=exemplar-storage',
      '--log.level=warn',
      ...(asked.flags ?? []),
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  );
  child.stderr.pipe(createWriteStream(join(folder, 'prometheus.log')));
  const failed = new Promise<never>((_, reject) => {
    child.once('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new ProgramMissing('prometheus', 'prometheus') : error),
    );
  });
  const address = `http://127.0.0.1:${port}`;
  await Promise.race([untilReady(child, address), failed]);
  return { address, child };
}

async function writeRules(folder: string, { rules: others, evaluate }: Asked): Promise<void> {
  if (others === undefined) await cp(rules, folder, { recursive: true });
  else {
    await mkdir(folder, { recursive: true });
    for (const [name, text] of Object.entries(others)) await writeFile(join(folder, name), text);
  }
  if (evaluate === undefined) return;
  for (const name of await readdir(folder)) {
    const text = await readFile(join(folder, name), 'utf8');
    await writeFile(join(folder, name), text.replace(/^( +interval: ).*$/gm, `$1${evaluate}`));
  }
}

function configOf({ targets, scrape, alertmanager }: Asked): unknown {
  return {
    global: { scrape_interval: scrape, scrape_timeout: scrape },
    rule_files: ['rules/*.yaml'],
    ...(alertmanager && {
      alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager] }] }] },
    }),
    scrape_configs: [...new Set(targets.map(({ job }) => job))].map((job) => ({
      job_name: job,
      // Series that are made by hand say themselves whose they would be.
      honor_labels: job !== SCRAPE_JOB,
      static_configs: targets
        .filter((target) => target.job === job)
        .map(({ address, role }) => ({ targets: [address], ...(role && { labels: { role } }) })),
    })),
  };
}
