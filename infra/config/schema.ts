import { z } from 'zod';
import { type ForeignImage, foreignImages, type LocalImage, localImages } from './images.ts';
import { type ProfileName, profiles } from './profiles.ts';

const names = Object.keys(profiles) as [ProfileName, ...ProfileName[]];
const text = (pattern: RegExp, expected: string) => z.string({ error: expected }).regex(pattern, { error: expected });
const flag = z.enum(['true', 'false'], { error: 'true or false' }).transform((value) => value === 'true');
const https = z.url({ protocol: /^https$/, error: 'an address that begins with https://' });
const region = text(/^[a-z]+-[a-z]+\d$/, 'a region of Google Cloud, such as europe-west3');

const whole = (least: number, most: number) =>
  z
    .int({ error: 'a whole number' })
    .min(least, { error: `at least ${least}` })
    .max(most, { error: `at most ${most}` });

const workload = z
  .strictObject({
    minReplicas: whole(1, 100),
    maxReplicas: whole(1, 100),
    cpu: whole(50, 32_000),
    memory: whole(128, 131_072),
    poolSize: whole(1, 100),
  })
  .partial();

const database = z
  .strictObject({
    edition: z.enum(['ENTERPRISE', 'ENTERPRISE_PLUS']),
    tier: text(/^db-[a-zA-Z0-9-]+$/, 'a tier of Cloud SQL, such as db-custom-2-8192'),
    connections: whole(25, 10_000),
    highlyAvailable: z.boolean(),
    readReplicas: whole(0, 8),
    disk: whole(10, 64_000),
    maxDisk: whole(10, 64_000),
    logDays: whole(1, 35),
    backups: whole(1, 365),
  })
  .partial();

const pool = z
  .strictObject({ machine: z.string(), minNodes: whole(0, 500), maxNodes: whole(1, 500), disk: whole(30, 2_000) })
  .partial();

const accelerator = z.strictObject({
  type: text(/^nvidia-[a-z0-9-]+$/, 'an accelerator of Google Cloud, such as nvidia-l4'),
  count: whole(1, 16),
  machine: text(/^[a-z0-9]+-[a-z0-9]+-\d+g?$/, 'a type of machine that takes it, such as g2-standard-8'),
  maxNodes: whole(1, 50),
});

/** An object of the configuration arrives as JSON text. */
const json = <S extends z.ZodType>(schema: S) =>
  z
    .string()
    .transform((given, context) => {
      try {
        return JSON.parse(given) as unknown;
      } catch {
        context.addIssue({ code: 'custom', message: 'JSON', input: given });
        return z.NEVER;
      }
    })
    .pipe(schema);

/** By what Alertmanager tells people, beside mail: each is a secret or two in Secret Manager. */
export const alertChannels = ['pagerduty', 'slack', 'teams', 'telegram', 'ticket', 'heartbeat'] as const;
export type AlertChannel = (typeof alertChannels)[number];

const mail = z.strictObject({
  smarthost: text(/^[a-z0-9.-]+:\d{2,5}$/, 'HOST:PORT of a server for mail'),
  from: z.email({ error: 'an address of electronic mail' }),
});

const digest = text(/^sha256:[0-9a-f]{64}$/, 'a digest, such as sha256:...').optional();
const digests = Object.fromEntries(Object.keys({ ...foreignImages, ...localImages }).map((name) => [name, digest]));

const imageByDigest = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+@sha256:[0-9a-f]{64}$/;

/** Every key of `heliograph:` in Pulumi.STACK.yaml, with what it means. Nothing else is read. */
export const schema = z.strictObject({
  profile: z
    .enum(names, { error: `one of ${names.join(', ')}` })
    .optional()
    .describe('What kind of stack this is; by default the kind that the stack is named after.'),
  project: text(/^[a-z][a-z0-9-]{4,28}[a-z0-9]$/, 'the id of a project of Google Cloud')
    .optional()
    .describe('Id of the project that holds everything. Needed on Google Cloud.'),
  projectNumber: text(/^\d{6,14}$/, 'the number of the project, digits only')
    .optional()
    .describe(
      'Number of the project. Needed with keys of our own and for a budget: `gcloud projects describe PROJECT`.',
    ),
  region: region.optional().describe('Where everything is. Needed on Google Cloud.'),
  recoveryRegion: region
    .optional()
    .describe('Where backups are kept and what recovers them stands. Needed in production, staging and dr.'),
  domain: text(
    /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$/,
    'a domain name, such as signals.example.com',
  )
    .optional()
    .describe('The name that clients reach the service by. Needed on Google Cloud.'),
  image: text(imageByDigest, 'an image by its digest, such as REGISTRY/heliograph@sha256:...')
    .optional()
    .describe('What runs, by digest, out of our own registry. Without it only the platform is made.'),
  proxyImage: text(imageByDigest, 'an image by its digest, such as REGISTRY/cloud-sql-proxy@sha256:...')
    .optional()
    .describe('The Cloud SQL Auth Proxy (version 2), by digest, out of our own registry. Needed with image.'),
  feed: z
    .enum(['simulated', 'alpaca', 'coinbase'], { error: 'simulated, alpaca or coinbase' })
    .optional()
    .describe('Where market data comes from; by default alpaca in staging and production, else simulated.'),
  symbols: text(/^[A-Z0-9][A-Z0-9./,-]{0,8191}$/, 'names with commas between them, such as AAPL,SPY or BTC-USD,ETH-USD')
    .optional()
    .describe('What is followed, of the feed alpaca or coinbase; by default what trades much.'),
  databaseInstance: text(/^[a-z][a-z0-9-]{0,96}[a-z0-9]$/, 'the name of an instance of Cloud SQL')
    .optional()
    .describe(
      'The instance that is the database, after one was restored beside it (README, day two); by default heliograph-STACK-database.',
    ),
  loggingAccount: text(
    /^[a-z0-9-]+@gcp-sa-logging\.iam\.gserviceaccount\.com$/,
    'the address of an account of Cloud Logging, ...@gcp-sa-logging.iam.gserviceaccount.com',
  )
    .optional()
    .describe(
      'With it logs are encrypted with a key of our own, which is for good and only before there are any: `gcloud logging settings describe --project PROJECT --format "value(kmsServiceAccountId)"`.',
    ),
  authIssuer: https.optional().describe('Who issues the access tokens of users (OIDC). Needed in production.'),
  authAudience: text(/^[\x21-\x7e]{1,255}$/, 'printable characters without spaces')
    .optional()
    .describe('What access tokens for this service say in `aud`. Needed in production.'),
  authJwksUrl: https.optional().describe('Where the public keys of the issuer are. Needed in production.'),
  operators: text(/^(group|user):[^@\s]+@[^@\s]+$/, 'group:NAME@DOMAIN or user:NAME@DOMAIN')
    .optional()
    .describe('Who may look into the cluster and the logs.'),
  alertEmail: z
    .email({ error: 'an address of electronic mail' })
    .optional()
    .describe('Who is told what the cloud itself finds wrong. Needed in production.'),
  mail: json(mail)
    .optional()
    .describe(
      'By which server alerts are mailed to alertEmail: {"smarthost":"HOST:PORT","from":"ADDRESS"}; by default none are.',
    ),
  alertChannels: json(z.array(z.enum(alertChannels, { error: `one of ${alertChannels.join(', ')}` })))
    .optional()
    .describe('By what else people are told of alerts, by default by all; each reads its secret from Secret Manager.'),
  context: text(/^[\x21-\x7e]{1,253}$/, 'the name of a context of the kubeconfig')
    .optional()
    .describe('Which Kubernetes a local stack runs on; by default the current context of the kubeconfig.'),
  images: json(z.strictObject(digests as Record<ForeignImage | LocalImage, typeof digest>))
    .optional()
    .describe('Digests of what runs beside the service, by name (images.ts); what is not here is not run.'),
  billingAccount: text(/^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$/, 'an account like 012345-6789AB-CDEF01')
    .optional()
    .describe('For the budget; without it there is none.'),
  monthlyBudget: z
    .string()
    .regex(/^\d{2,6}$/, { error: 'a whole number of the currency of the account' })
    .transform(Number)
    .optional()
    .describe('After which alarm is raised, in the currency of the account.'),
  attestationKey: text(
    /^-----BEGIN PUBLIC KEY-----\n[A-Za-z0-9+/=\n]{80,400}\n-----END PUBLIC KEY-----\n?$/,
    'the text of a public key for ECDSA P-256, as PEM',
  )
    .optional()
    .describe(
      'With which the build signs images. Once it is set, the cluster takes ours only signed, where images are to be.',
    ),
  gpu: json(accelerator)
    .optional()
    .describe('A pool of interruptible nodes with accelerators, for training; by default there is none.'),
  repository: text(/^[\w.-]+\/[\w.-]+$/, 'OWNER/NAME of a repository at GitHub')
    .optional()
    .describe('The only repository whose main branch may push images, without a key.'),
  pages: https
    .optional()
    .describe(
      'Address below which `runbooks/` is served, for links in alerts and dashboards; by default main of `repository`, without one a path.',
    ),
  primaryStack: text(/^[a-z][a-z0-9-]{1,30}$/, 'the name of a stack')
    .optional()
    .describe('The stack that a dr stack stands by for; by default production.'),
  topology: z
    .enum(['replica', 'primary'], { error: 'replica or primary' })
    .optional()
    .describe('What the database of a dr stack is: replica until it has been promoted.'),
  unlock: flag
    .optional()
    .describe('Set to true, then `up`, before anything locked can be destroyed; by default false.'),
  tracesUrl: https
    .optional()
    .describe(
      'Where a collector takes traces by OTLP over HTTP, such as https://HOST/v1/traces; by default there are none.',
    ),
  synthetic: flag
    .optional()
    .describe(
      'Whether a subscriber of our own follows the signals and counts what is not as promised; by default not, for it needs an API key, which the running service makes.',
    ),
  workloads: json(
    z.strictObject({ api: workload, pipeline: workload, worker: workload, synthetic: workload }).partial(),
  )
    .optional()
    .describe('Sizes of the roles, where they differ from those of the profile.'),
  database: json(database).optional().describe('Size of the database, where it differs.'),
  nodes: json(z.strictObject({ system: pool, service: pool, batch: pool }).partial())
    .optional()
    .describe('Node pools, where they differ.'),
});

export type Given = z.infer<typeof schema>;
