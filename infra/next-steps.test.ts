import { expect, it } from 'vitest';
import { foreignImages } from './config/images.ts';
import { nextSteps } from './next-steps.ts';

const stack = {
  stack: 'dev',
  project: 'acme-signals',
  region: 'europe-west3',
  image: undefined,
  proxyImage: undefined,
  images: {},
  mail: undefined,
  alertEmail: undefined,
  alertChannels: ['slack'],
} as const;
const addresses = {
  images: 'europe-west3-docker.pkg.dev/acme-signals/heliograph-dev',
  copies: { 'docker-hub': 'HUB', gcr: 'GCR', ghcr: 'GHCR', gke: 'GKE', quay: 'QUAY' },
  secrets: ['CURSOR_SECRET'],
};

it('says how images and secrets get where they are looked for, while there are none', () => {
  const steps = nextSteps(stack, addresses);
  expect(steps).toContain(
    'docker push europe-west3-docker.pkg.dev/acme-signals/heliograph-dev/heliograph:$(git rev-parse --short HEAD)',
  );
  expect(steps).toContain(
    'printf %s "$(openssl rand -hex 32)" | gcloud secrets versions add heliograph-dev-cursor-secret --project acme-signals --data-file=-',
  );
  expect(steps.at(-1)).toBe('npm run --silent pulumi -- up');
});

it('says nothing once there are', () => {
  const image = `${addresses.images}/heliograph@sha256:${'0'.repeat(64)}`;
  const digest = `sha256:${'1'.repeat(64)}`;
  const images = Object.fromEntries(Object.keys(foreignImages).map((name) => [name, digest]));
  expect(nextSteps({ ...stack, image, proxyImage: image, images }, addresses)).toEqual([]);
  expect(nextSteps({ ...stack, image, images }, addresses)).not.toEqual([]);
});

it('says how what watches gets its image and its secrets, and nothing of what is there', () => {
  const image = `${addresses.images}/heliograph@sha256:${'0'.repeat(64)}`;
  const digest = `sha256:${'1'.repeat(64)}`;
  const images = Object.fromEntries(Object.keys(foreignImages).map((name) => [name, digest]));
  const steps = nextSteps(
    { ...stack, image, proxyImage: image, images: { ...images, alertmanager: undefined } },
    addresses,
  );
  expect(steps).toEqual([
    'gcloud auth configure-docker europe-west3-docker.pkg.dev',
    'printf %s VALUE | gcloud secrets versions add heliograph-dev-alerts-slack-url --project acme-signals --data-file=-',
    'docker pull QUAY/prometheus/alertmanager:v0.31.1',
    `pulumi config set --path 'images.alertmanager' "$(docker inspect --format '{{index .RepoDigests 0}}' QUAY/prometheus/alertmanager:v0.31.1 | cut -d@ -f2)"`,
    'npm run --silent pulumi -- up',
  ]);
});
