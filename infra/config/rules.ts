import { variables } from '../../backend/settings.ts';
import { connectionsAllowed, connectionsHeld } from '../arithmetic/connections.ts';
import { nameOf } from '../names.ts';
import type { Config } from './config.ts';
import { profiles } from './profiles.ts';
import type { Given } from './schema.ts';

type Rule = (config: Config, given: Given) => readonly (string | false | undefined)[];

/** What cannot be, in sentences: combinations that the cloud refuses late, or takes and regrets. `present` are the keys that were given. */
export function objections(config: Config, given: Given, present: ReadonlySet<string>): string[] {
  return [missing(present), regions, image, ...everywhere, database, nodes]
    .flatMap((rule) => rule(config, given))
    .filter((found) => typeof found === 'string');
}

function missing(present: ReadonlySet<string>): Rule {
  return ({ environment, ownKeys, profile, place }) => {
    const google = place === 'google' ? ['project', 'region', 'domain'] : [];
    const needed = [
      ...google.map((key) => [key, 'everything on Google Cloud'] as const),
      ...(ownKeys
        ? (['projectNumber', 'recoveryRegion'] as const).map((key) => [key, `profile ${profile}`] as const)
        : present.has('monthlyBudget')
          ? [['projectNumber', 'monthlyBudget'] as const]
          : []),
      ...(environment === 'production'
        ? ['authIssuer', 'authAudience', 'authJwksUrl', 'alertEmail'].map((key) => [key, 'production'] as const)
        : []),
    ];
    return needed.flatMap(([key, why]) => (present.has(key) ? [] : [`${key} is missing, ${why} needs it`]));
  };
}

const regions: Rule = ({ region, recoveryRegion }) => [
  region !== '' &&
    region === recoveryRegion &&
    `recoveryRegion is "${recoveryRegion}", expected another region than region`,
];

const image: Rule = ({ image: ours, proxyImage, project, region, stack, place, images }) => {
  if (place === 'kubernetes') return localImagesOf(ours, images);
  const registry = `${region}-docker.pkg.dev/${project}/heliograph-${stack}`;
  const foreign = Object.entries({ image: ours, proxyImage }).map(
    ([key, reference]) =>
      reference !== undefined &&
      project !== '' &&
      region !== '' &&
      !reference.startsWith(registry) &&
      `${key} is "${reference}", expected one of the registry of this stack, which begins with ${registry}`,
  );
  return [
    ...foreign,
    (ours === undefined) !== (proxyImage === undefined) && 'image and proxyImage are needed together',
  ];
};

function localImagesOf(ours: string | undefined, images: Config['images']): readonly (string | false)[] {
  return (['postgres', 'valkey'] as const).map(
    (name) =>
      ours !== undefined &&
      images[name] === undefined &&
      `images.${name} is missing, image needs it where nothing of Google is`,
  );
}

const feed: Rule = ({ environment, feed: source }) => [
  environment === 'production' &&
    source === 'simulated' &&
    'feed is "simulated", expected alpaca or coinbase in production',
];

/** By feed the variable that names what is followed. */
export const followedBy = { alpaca: 'ALPACA_SYMBOLS', coinbase: 'COINBASE_PRODUCTS' } as const;

const symbols: Rule = ({ feed: source, symbols: names }) => {
  if (names === undefined) return [];
  if (source === 'simulated') return [`symbols is "${names}", but a simulated market has its own`];
  const { kind } = variables[followedBy[source]];
  return [kind.parse(names) === undefined && `symbols is "${names}", expected ${kind.expected}`];
};

const restored: Rule = ({ databaseInstance, stack }) => [
  databaseInstance !== undefined &&
    !databaseInstance.startsWith(nameOf(stack, '')) &&
    `databaseInstance is "${databaseInstance}", expected a name that begins with ${nameOf(stack, '')}, as logs and alerts of the stack look for`,
];

const logs: Rule = ({ loggingAccount, ownKeys, profile }) => [
  loggingAccount !== undefined &&
    !ownKeys &&
    `loggingAccount is "${loggingAccount}", but profile ${profile} has no keys of its own`,
];

const halfAuth: Rule = (_config, { authIssuer, authAudience, authJwksUrl }) => {
  const values = { authIssuer, authAudience, authJwksUrl };
  const given = Object.values(values).some((value) => value !== undefined);
  return Object.entries(values).map(
    ([key, value]) => given && value === undefined && `${key} is missing, because the others of auth are set`,
  );
};

const budget: Rule = (_config, { billingAccount, monthlyBudget }) => [
  (billingAccount === undefined) !== (monthlyBudget === undefined) &&
    'billingAccount and monthlyBudget are needed together',
];

const told: Rule = ({ environment, images, alertChannels, mail, alertEmail }) => {
  if (images.alertmanager === undefined) return [];
  const wakes = ['pagerduty', 'slack', 'teams', 'telegram'].some((channel) =>
    alertChannels.some((one) => one === channel),
  );
  return [
    environment === 'production' &&
      !wakes &&
      'alertChannels wakes nobody, expected pagerduty, slack, teams or telegram in production',
    mail === undefined &&
      !alertChannels.includes('ticket') &&
      'mail is missing, expected it or the channel ticket: else nobody gets tickets',
    mail !== undefined && alertEmail === undefined && 'alertEmail is missing, because mail is set',
  ];
};

const shown: Rule = ({ images }) => [
  images.grafana !== undefined &&
    images.frontend === undefined &&
    'images.frontend is missing, Grafana asks for figures through it',
  images.keda !== undefined &&
    images.frontend === undefined &&
    'images.frontend is missing, KEDA asks for figures through it',
  (images.keda === undefined) !== (images.kedaMetrics === undefined) &&
    'images.keda and images.kedaMetrics are needed together',
];

const replicas: Rule = ({ sizes: { workloads }, feed: source }) => [
  ...Object.entries(workloads).map(
    ([role, { minReplicas, maxReplicas }]) =>
      minReplicas > maxReplicas &&
      `workloads.${role}.minReplicas is ${minReplicas}, expected at most maxReplicas, which is ${maxReplicas}`,
  ),
  // Only live feeds have a lease that makes the second one wait.
  source === 'simulated' &&
    workloads.pipeline.maxReplicas > 1 &&
    'workloads.pipeline.maxReplicas: a simulated market has one pipeline',
];

const ceiling: Rule = ({
  profile,
  sizes: {
    workloads,
    database: { disk, connections },
  },
}) => {
  if (profile !== 'staging') return [];
  const { sizes: most } = profiles.production;
  return [
    ...(['api', 'pipeline', 'worker', 'synthetic'] as const).flatMap((role) =>
      (['maxReplicas', 'cpu', 'memory'] as const).map(
        (key) =>
          workloads[role][key] > most.workloads[role][key] &&
          `workloads.${role}.${key} is ${workloads[role][key]}, more than production has`,
      ),
    ),
    disk > most.database.disk && `database.disk is ${disk}, more than production has`,
    connections > most.database.connections && `database.connections is ${connections}, more than production has`,
  ];
};

const connections: Rule = ({
  sizes: {
    workloads,
    database: { connections: most },
  },
}) => {
  const held = connectionsHeld(Object.values(workloads));
  const allowed = connectionsAllowed(most);
  return [
    held > allowed &&
      `workloads hold up to ${held} connections, expected at most ${allowed}, which is 80 % of database.connections`,
  ];
};

const subscriber: Rule = ({ synthetic, image: ours }) => [
  synthetic && ours === undefined && 'synthetic is true, expected an image first: the service that runs makes its key',
];

const everywhere: readonly Rule[] = [
  subscriber,
  feed,
  symbols,
  restored,
  logs,
  halfAuth,
  budget,
  told,
  shown,
  replicas,
  ceiling,
  connections,
];

const editions = {
  ENTERPRISE: { tier: /^db-custom-\d+-\d+$/, example: 'db-custom-2-8192', logDays: 7 },
  // Those of C4A take disks of another kind than the one that the instance is made with.
  ENTERPRISE_PLUS: {
    tier: /^db-perf-optimized-N-(2|4|8|16|32|48|64|80|96|128)$/,
    example: 'db-perf-optimized-N-4',
    logDays: 35,
  },
} as const;

const database: Rule = ({ sizes: { database: size }, recovery, topology }) => {
  const { tier, example, logDays } = editions[size.edition];
  const [, cores, memory] = /^db-custom-(\d+)-(\d+)$/.exec(size.tier)?.map(Number) ?? [];
  return [
    !tier.test(size.tier) &&
      `database.tier is "${size.tier}", expected one of edition ${size.edition}, such as ${example}`,
    cores !== undefined &&
      cores > 1 &&
      cores % 2 === 1 &&
      `database.tier is "${size.tier}", expected 1 or an even number of cores`,
    memory !== undefined && memory % 256 !== 0 && `database.tier is "${size.tier}", expected memory in steps of 256 MB`,
    cores !== undefined &&
      memory !== undefined &&
      (memory < 3840 || memory < 0.9 * 1024 * cores || memory > 6.5 * 1024 * cores) &&
      `database.tier is "${size.tier}", expected 3840 MB at least, and between 0.9 and 6.5 GB a core`,
    size.logDays > logDays && `database.logDays is ${size.logDays}, edition ${size.edition} keeps at most ${logDays}`,
    size.backups <= size.logDays &&
      `database.backups is ${size.backups}, expected more than logDays, which is ${size.logDays}`,
    size.disk > size.maxDisk && `database.disk is ${size.disk}, expected at most maxDisk, which is ${size.maxDisk}`,
    recovery &&
      topology === 'replica' &&
      size.edition !== 'ENTERPRISE_PLUS' &&
      'database.edition: a replica in another region can only be promoted and go back in ENTERPRISE_PLUS',
  ];
};

const nodes: Rule = ({ sizes: { nodes: pools } }) =>
  Object.entries(pools).map(
    ([pool, { minNodes, maxNodes }]) =>
      minNodes > maxNodes && `nodes.${pool}.minNodes is ${minNodes}, expected at most maxNodes, which is ${maxNodes}`,
  );
