import { join } from 'node:path';
import { foreignImages, localImages } from '../config/images.ts';
import { type ProfileName, profiles } from '../config/profiles.ts';
import { accountId, product } from '../names.ts';
import { type ProgramRun, runProgram } from './engine/run.ts';

/** Values that an operator would fill in: the same in every stack, so that what differs is what the stacks differ in. */
const operator = {
  project: 'acme-signals',
  projectNumber: '123456789012',
  region: 'europe-west3',
  recoveryRegion: 'europe-west4',
  domain: 'signals.example.com',
  image: `europe-west3-docker.pkg.dev/acme-signals/heliograph-production/heliograph@sha256:${'0123456789abcdef'.repeat(4)}`,
  proxyImage: `europe-west3-docker.pkg.dev/acme-signals/heliograph-production-gcr/cloud-sql-connectors/cloud-sql-proxy@sha256:${'fedcba9876543210'.repeat(4)}`,
  images: JSON.stringify(
    Object.fromEntries(
      Object.keys(foreignImages).map((name, index) => [name, `sha256:${String(index + 1).repeat(64)}`]),
    ),
  ),
  mail: JSON.stringify({ smarthost: 'smtp.example.com:587', from: 'alerts@example.com' }),
  authIssuer: 'https://login.example.com/',
  authAudience: 'heliograph',
  authJwksUrl: 'https://login.example.com/.well-known/jwks.json',
  operators: 'group:operators@example.com',
  alertEmail: 'operations@example.com',
  billingAccount: '012345-6789AB-CDEF01',
  monthlyBudget: '5000',
  repository: 'example/heliograph',
} as const;

/** What there is to fill in where nothing of Google is. */
const alone = {
  image: `registry.example.com/heliograph@sha256:${'0123456789abcdef'.repeat(4)}`,
  images: JSON.stringify(
    Object.fromEntries(Object.keys(localImages).map((name, index) => [name, `sha256:${String(index + 7).repeat(64)}`])),
  ),
} as const;

const repository = join(import.meta.dirname, '../..');

export const stackNames = Object.keys(profiles) as ProfileName[];

/** Whether a stack makes a cluster of its own; the other finds one. */
export const onGoogle = (stack: string) => !(stack in profiles) || profiles[stack as ProfileName].place === 'google';

/** What is wrong with stacks on Google Cloud that somebody asked for by their names; null when nothing is. */
export function noStack(names: readonly string[]): string | null {
  const known = stackNames.filter(onGoogle);
  const stranger = names.find((name) => !known.some((one) => one === name));
  return stranger === undefined ? null : `--stack is ${JSON.stringify(stranger)}, expected one of ${known.join(', ')}`;
}

type Values = Readonly<Record<string, string | undefined>>;

/** The configuration of an example of a stack; `over` changes what its operator filled in, and undefined takes it away. */
export function exampleOf(stack: string, over: Values = {}): Record<string, string> {
  const here = stack === 'dr' ? { region: operator.recoveryRegion, recoveryRegion: operator.region } : {};
  const values: Values = { ...(onGoogle(stack) ? operator : alone), ...here, ...over };
  const ofStack = (reference: string) =>
    reference.replace('europe-west3-', `${values['region']}-`).replace('heliograph-production', `heliograph-${stack}`);
  const given = Object.entries(values).flatMap(([key, value]): [string, string][] =>
    value === undefined ? [] : [[key, key.endsWith('mage') && onGoogle(stack) ? ofStack(value) : value]],
  );
  return Object.fromEntries(given.map(([key, value]) => [`${product}:${key}`, value]));
}

/** Runs the program for an example of a stack; `env` is what its machine says. */
export function runStack(
  stack: string,
  over: Values = {},
  preview = false,
  env: Readonly<Record<string, string>> = {},
): Promise<ProgramRun> {
  return runProgram({ folder: repository, project: product, stack, config: exampleOf(stack, over), preview, env });
}

/** Takes what every stack has of its own, its name and its regions, out of a line, so that two stacks can be compared. */
export function withoutNames(stack: string): (line: string) => string {
  const [home, other] =
    stack === 'dr' ? [operator.recoveryRegion, operator.region] : [operator.region, operator.recoveryRegion];
  const account = accountId(stack, '');
  return (line) =>
    line
      .replaceAll(`${product}-${stack}`, `${product}-STACK`)
      .replaceAll(`${product}-${stack}`.replaceAll('-', '_'), `${product}_STACK`)
      .replaceAll(account, 'hg-STACK-')
      .replaceAll(`"${stack}"`, '"STACK"')
      .replaceAll(home, 'HOME')
      .replaceAll(other, 'ELSEWHERE')
      .replaceAll(/"10\.\d+\./g, '"10.N.');
}
