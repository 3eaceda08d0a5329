import { DEPENDENCIES, ENTRIES, PEERS } from './entries.ts';

/** What is taken from the repository's own package.json. */
export type Repository = {
  readonly version: string;
  readonly license: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** The package.json of the client. What it is tested with is the oldest that it asks for. */
export function manifest({ version, license, dependencies, devDependencies }: Repository): object {
  const since = (name: string) => {
    const tested = dependencies[name] ?? devDependencies[name];
    if (tested === undefined) throw new Error(`package.json has no ${name}, which the client is tested with`);
    return [name, `^${tested}`] as const;
  };
  return {
    name: 'heliograph-client',
    version,
    description:
      'Follows the signals of Heliograph without a gap: by itself, or with graphql-ws, graphql-sse, Apollo Client or urql.',
    license,
    type: 'module',
    // AbortSignal.any
    engines: { node: '>=20.3' },
    sideEffects: false,
    exports: Object.fromEntries(
      Object.entries(ENTRIES).map(([name, module]) => [name, { types: `./${module}.d.ts`, default: `./${module}.js` }]),
    ),
    dependencies: Object.fromEntries(DEPENDENCIES.map(since)),
    peerDependencies: Object.fromEntries(PEERS.map(since)),
    peerDependenciesMeta: Object.fromEntries(PEERS.map((name) => [name, { optional: true }])),
  };
}
