import { databaseRoles } from '../backend/roles.ts';
import type { Config } from './config/config.ts';
import { type ForeignImage, foreignImages, type LocalImage, localImages, type Upstream } from './config/images.ts';
import { database, nameOf, namespaces, secretObject } from './names.ts';
import { alertmanagerConfig } from './observability/alertmanager.ts';

type Stack = Pick<
  Config,
  'stack' | 'project' | 'region' | 'image' | 'proxyImage' | 'images' | 'mail' | 'alertEmail' | 'alertChannels'
>;
type Addresses = {
  readonly images: string;
  /** Our copies of the registries of others. */
  readonly copies: Readonly<Record<Upstream, string>>;
  readonly secrets: readonly string[];
};

/** Where Google publishes the proxy to its databases. */
const proxy = 'cloud-sql-connectors/cloud-sql-proxy';

/** What an operator pastes into a terminal before the service and what watches it can run: none of it once there are images. */
export function nextSteps(stack: Stack, { images, copies, secrets }: Addresses): readonly string[] {
  const steps = [...service(stack, { images, copies, secrets }), ...watching(stack, copies)];
  const { region } = stack;
  return steps.length === 0
    ? []
    : [`gcloud auth configure-docker ${region}-docker.pkg.dev`, ...steps, 'npm run --silent pulumi -- up'];
}

function service(stack: Stack, { images, copies, secrets }: Addresses): readonly string[] {
  if (stack.image !== undefined && stack.proxyImage !== undefined) return [];
  const ours = `${images}/heliograph:$(git rev-parse --short HEAD)`;
  const theirs = `${copies.gcr}/${proxy}:2`;
  return [
    `docker build --build-arg BUILD_COMMIT=$(git rev-parse HEAD) --tag ${ours} .`,
    `docker push ${ours}`,
    `docker pull ${theirs}`,
    ...secrets.map((secret) =>
      addVersion(stack, nameOf(stack.stack, secret.toLowerCase().replaceAll('_', '-')), isInvented(secret)),
    ),
    `pulumi config set image "${digestOf(ours)}"`,
    `pulumi config set proxyImage "${digestOf(theirs)}"`,
  ];
}

/** Each part of what watches is run once its image is named; Alertmanager not before its secrets are there. */
function watching(stack: Stack, copies: Addresses['copies']): readonly string[] {
  const missing = (Object.keys(foreignImages) as ForeignImage[]).filter((name) => stack.images[name] === undefined);
  return missing.flatMap((name) => {
    const { upstream, path, tag } = foreignImages[name];
    const reference = `${copies[upstream]}/${path}:${tag}`;
    const secrets = name === 'alertmanager' ? alertmanagerConfig(stack).secrets : [];
    return [
      ...secrets.map((file) => addVersion(stack, nameOf(stack.stack, 'alerts', file))),
      `docker pull ${reference}`,
      `pulumi config set --path 'images.${name}' "${digestOf(reference).slice(0, -1)} | cut -d@ -f2)"`,
    ];
  });
}

/** Secrets that nobody gives us, and that need only be unlike any other. */
const isInvented = (secret: string) => secret === 'CURSOR_SECRET' || secret === 'BACKUP_KEY';

const addVersion = ({ project }: Stack, id: string, invented = false) =>
  `printf %s ${invented ? '"$(openssl rand -hex 32)"' : 'VALUE'} | gcloud secrets versions add ${id} --project ${project} --data-file=-`;

const digestOf = (tag: string) => `$(docker inspect --format '{{index .RepoDigests 0}}' ${tag})`;

/** The same where nothing of Google is: secrets are made in the cluster, once. */
export function localSteps({
  image,
  images,
  context,
}: Pick<Config, 'image' | 'images' | 'context'>): readonly string[] {
  if (image !== undefined) return [];
  const kubectl = `kubectl${context === undefined ? '' : ` --context ${context}`} --namespace ${namespaces.service}`;
  const url = (role?: string) =>
    `postgres://${database.name}:$PASSWORD@database:${database.port}/${database.name}${role === undefined ? '' : `?options=-c%20role%3D${role}`}`;
  const values = {
    DATABASE_PASSWORD: '$PASSWORD',
    DATABASE_URL: url(databaseRoles.application),
    DATABASE_OWNER_URL: url(databaseRoles.owner),
    DATABASE_ADMIN_URL: url(),
    CURSOR_SECRET: '$(openssl rand -hex 24)',
  };
  const missing = (Object.keys(localImages) as LocalImage[]).filter((name) => images[name] === undefined);
  return [
    'PASSWORD=$(openssl rand -hex 24)',
    ...Object.entries(values).map(
      ([name, value]) => `${kubectl} create secret generic ${secretObject(name)} --from-literal=${name}="${value}"`,
    ),
    ...missing.flatMap((name) => {
      const reference = `${localImages[name].path}:${localImages[name].tag}`;
      return [
        `docker pull ${reference}`,
        `pulumi config set --path 'images.${name}' "${digestOf(reference).slice(0, -1)} | cut -d@ -f2)"`,
      ];
    }),
    'pulumi config set image IMAGE@sha256:DIGEST',
    'npm run --silent pulumi -- up',
  ];
}
