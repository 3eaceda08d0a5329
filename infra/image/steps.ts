/** What the image is, beyond its files. Dockerfile and whoever starts the files without a container engine read it from here. */
export const image = {
  /** Nothing in the image belongs to it. */
  user: { uid: 1001, gid: 1001 },
  /** The same version as the package that runs everything else here; a test says so. */
  node: '24.21.0',
  /** Told to the service where a pod says nothing else: whoever forgets it gets the strict one. */
  env: { NODE_ENV: 'production', ENVIRONMENT: 'production' },
  /** Folder of the bundle. */
  app: '/app',
  entrypoint: ['/usr/local/bin/node', '/app/main.js'],
  /** MB (of 10^6 bytes) that its files may have. */
  mostMegabytes: 200,
} as const;

/** What is done in a folder that holds the repository, in order; the files of the image are then in OUT. */
export const steps = [
  { what: 'packages as locked, without scripts of theirs', command: ['npm', 'ci', '--ignore-scripts'] },
  { what: 'the bundle, Node and what it is linked with', command: ['node', 'infra/image/assemble.ts', 'OUT'] },
] as const;

/** What of the repository a builder is given, without tests. */
export const context = [
  'package.json',
  'package-lock.json',
  '.npmrc',
  'LICENSE',
  'tsconfig.json',
  'backend',
  'infra/image',
];

/** Text of the Dockerfile; `npx vitest run infra/image -u` writes it. */
export function dockerfile(): string {
  const { uid, gid } = image.user;
  const runs = steps.map(
    ({ what, command }) => `# ${capital(what)}.\nRUN ${command.join(' ').replace('OUT', '/image')}`,
  );
  const variables = Object.entries(image.env).map(([name, value]) => `${name}=${value}`);
  return `# Written from infra/image/steps.ts: change that. \`npm run image:rootfs\` carries out the same steps where no container engine is.
FROM node:${image.node}-bookworm-slim AS build
WORKDIR /build
COPY . .
${runs.join('\n')}

# No distribution, no shell, no package manager: these files are all that there is.
FROM scratch
COPY --from=build /image /
ENV ${variables.join(' ')}
# The commit that it was built from, shown by build_info. An empty one is refused by the service.
ARG BUILD_COMMIT
ENV BUILD_COMMIT=\${BUILD_COMMIT}
USER ${uid}:${gid}
WORKDIR ${image.app}
EXPOSE 4000 4001
STOPSIGNAL SIGTERM
ENTRYPOINT ${JSON.stringify(image.entrypoint)}
CMD ["start", "--role", "api"]
`;
}

/** Text of .dockerignore: nothing but what the steps need reaches the builder. */
export function dockerignore(): string {
  return `# Written from infra/image/steps.ts: change that.\n*\n${context.map((path) => `!${path}`).join('\n')}\n**/*.test.ts\n`;
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
