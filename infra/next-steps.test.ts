import { expect, it } from 'vitest';
import { nextSteps } from './next-steps.ts';

const stack = {
  stack: 'dev',
  project: 'acme-signals',
  region: 'europe-west3',
  image: undefined,
  proxyImage: undefined,
};
const addresses = {
  images: 'europe-west3-docker.pkg.dev/acme-signals/heliograph-dev',
  copies: 'europe-west3-docker.pkg.dev/acme-signals/heliograph-dev-gcr',
  secrets: ['CURSOR_SECRET'],
};

it('says how images and secrets get where they are looked for, while there are none', () => {
  const steps = nextSteps(stack, addresses);
  expect(steps).toContain(
    'docker push europe-west3-docker.pkg.dev/acme-signals/heliograph-dev/heliograph:$(git rev-parse --short HEAD)',
  );
  expect(steps).toContain(
    'printf %s VALUE | gcloud secrets versions add heliograph-dev-cursor-secret --project acme-signals --data-file=-',
  );
  expect(steps.at(-1)).toBe('npx pulumi up');
});

it('says nothing once there are', () => {
  const image = `${addresses.images}/heliograph@sha256:${'0'.repeat(64)}`;
  expect(nextSteps({ ...stack, image, proxyImage: image }, addresses)).toEqual([]);
  expect(nextSteps({ ...stack, image }, addresses)).not.toEqual([]);
});
