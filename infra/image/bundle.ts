import { readFile } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { build } from 'esbuild';

/** Packages that others load only where they are installed; we do not install them. */
const absent = ['pg-native', 'class-validator'];

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
    legalComments: 'linked',
    logLevel: 'warning',
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    plugins: [{ name: 'folders', setup: (builder) => builder.onLoad({ filter: /\.ts$/ }, foldersOf(repository)) }],
  });
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
