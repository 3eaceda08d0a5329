// Says all at once what is missing before `pulumi preview`. Plain JavaScript: it also has to run on a Node that cannot run the rest.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { FIRST, findings } from './findings.mjs';

const repository = join(import.meta.dirname ?? new URL('.', import.meta.url).pathname, '../..');

/** What a program prints, or null when there is none of that name. @type {(command: string, ...args: string[]) => string | null} */
const said = (command, ...args) => {
  const { error, status, stdout } = spawnSync(command, args, { encoding: 'utf8', timeout: 30_000 });
  return error !== undefined || status !== 0 ? null : stdout.trim();
};

const cloudFolder =
  process.env.CLOUDSDK_CONFIG ??
  join(homedir(), process.platform === 'win32' ? 'AppData/Roaming/gcloud' : '.config/gcloud');
// A token or a file by its name, as CI has them, stand in for what somebody signed in with.
const credentials =
  process.env.GOOGLE_APPLICATION_CREDENTIALS ?? join(cloudFolder, 'application_default_credentials.json');
const stack = process.argv[process.argv.indexOf('-s') + 1];
const name = process.argv.includes('-s') && stack !== undefined ? stack : said('pulumi', 'stack', '--show-name');
const file = join(repository, `Pulumi.${name ?? FIRST}.yaml`);

const found = findings({
  node: process.versions.node,
  packages: existsSync(join(repository, 'node_modules/@pulumi/pulumi/package.json')),
  nodeOfPackages: said(join(repository, 'node_modules/.bin/node'), '--version'),
  pulumi: said('pulumi', 'version'),
  login: said('pulumi', 'whoami'),
  gcloud: said('gcloud', '--version'),
  plugin: said('gke-gcloud-auth-plugin', '--version'),
  credentials: process.env.GOOGLE_OAUTH_ACCESS_TOKEN !== undefined || existsSync(credentials),
  stack: name,
  stackFile: existsSync(file) ? readFileSync(file, 'utf8') : null,
});

for (const { what, fix } of found) process.stdout.write(`missing: ${what}\n    ${fix}\n`);
process.stdout.write(
  found.length === 0
    ? 'Nothing is missing: npm run --silent pulumi -- preview\n'
    : `${found.length} missing. Then: npm run --silent pulumi -- preview\n`,
);
process.exitCode = found.length === 0 ? 0 : 1;
