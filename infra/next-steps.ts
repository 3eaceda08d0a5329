import type { Config } from './config/config.ts';
import { nameOf } from './names.ts';

type Stack = Pick<Config, 'stack' | 'project' | 'region' | 'image' | 'proxyImage'>;
type Addresses = { readonly images: string; readonly copies: string; readonly secrets: readonly string[] };

/** Where Google publishes the proxy to its databases. */
const proxy = 'cloud-sql-connectors/cloud-sql-proxy';

/** What an operator pastes into a terminal before the service can run: none of it once there are images. `copies` is our copy of gcr.io. */
export function nextSteps(stack: Stack, { images, copies, secrets }: Addresses): readonly string[] {
  if (stack.image !== undefined && stack.proxyImage !== undefined) return [];
  const { project, region } = stack;
  const ours = `${images}/heliograph:$(git rev-parse --short HEAD)`;
  const theirs = `${copies}/${proxy}:2`;
  return [
    `gcloud auth configure-docker ${region}-docker.pkg.dev`,
    `docker build --build-arg BUILD_COMMIT=$(git rev-parse HEAD) --tag ${ours} .`,
    `docker push ${ours}`,
    `docker pull ${theirs}`,
    ...secrets.map((secret) => {
      const id = nameOf(stack.stack, secret.toLowerCase().replaceAll('_', '-'));
      return `printf %s VALUE | gcloud secrets versions add ${id} --project ${project} --data-file=-`;
    }),
    `pulumi config set image "${digestOf(ours)}"`,
    `pulumi config set proxyImage "${digestOf(theirs)}"`,
    'npx pulumi up',
  ];
}

const digestOf = (tag: string) => `$(docker inspect --format '{{index .RepoDigests 0}}' ${tag})`;
