import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build, type PluginBuild } from 'esbuild';

/** Packages that others load only where they are installed; we do not install them. */
const absent = ['pg-native', 'class-validator'];

const LINE = 160;

/** Files that the program reads beside itself, at the same places as in the repository. */
export const read = ['package.json', 'backend/migrations', 'backend/graphql/graphiql.html'] as const;

/** Makes few files of the program and of all packages that it uses. `out` gets main.js, what it loads later, and the notices of those packages. */
export async function bundle(repository: string, out: string): Promise<void> {
  await build({
    absWorkingDir: repository,
    entryPoints: ['backend/main.ts'],
    outdir: out,
    bundle: true,
    // What only some roles load has files of its own; none of them is in a folder, since each looks for others beside itself.
    splitting: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    external: absent,
    // graphql ships two builds; with both, every schema belongs to another realm.
    alias: { graphql: 'graphql/index.js' },
    // Entities and GraphQL types are known by the names of their classes, and a trace should name functions.
    keepNames: true,
    // What a process holds of its own text is memory, and what it reads at the start is time; in short lines a trace still leads to its place.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: LINE,
    legalComments: 'linked',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    plugins: [
      { name: 'folders', setup: (builder) => builder.onLoad({ filter: /\.ts$/ }, foldersOf(repository)) },
      { name: 'http', setup: requireHttp },
    ],
  });
}

/**
 * An import of node:http reads each of its exports, one of which loads the whole client of fetch: a twentieth of a start, for a class that nobody
 * here wants. To require it reads none.
 */
function requireHttp(builder: PluginBuild): void {
  builder.onResolve({ filter: /^(node:)?http$/ }, ({ kind }) =>
    kind === 'import-statement' ? { path: 'node:http', namespace: 'required' } : { path: 'node:http', external: true },
  );
  builder.onLoad({ filter: /./, namespace: 'required' }, ({ path }) => ({
    contents: `module.exports = require(${JSON.stringify(path)})`,
  }));
}

// In one file all sources would be in one folder; each goes on reading what lies beside it in the repository.
function foldersOf(repository: string) {
  return async ({ path }: { path: string }) => {
    const text = await readFile(path, 'utf8');
    const folder = relative(repository, dirname(path));
    return {
      loader: 'ts' as const,
      contents: text.replaceAll('import.meta.dirname', `(import.meta.dirname + ${JSON.stringify(`/${folder}`)})`),
    };
  };
}
