import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEPENDENCIES, ENTRIES, PEERS } from './entries.ts';
import { packClient } from './pack.ts';
import { schemaTypes } from './schema-types.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
/** A project that has what the client needs and asks for, the one from the tarball and the rest from here. */
const project = mkdtempSync(join(tmpdir(), 'client-user-'));
const installed = join(project, 'node_modules/heliograph-client');

beforeAll(async () => {
  const tarball = await packClient(project);
  mkdirSync(installed, { recursive: true });
  execFileSync('tar', ['-xzf', tarball, '-C', installed, '--strip-components=1']);
  for (const name of [...DEPENDENCIES, ...PEERS, 'graphql', 'rxjs']) {
    mkdirSync(dirname(join(project, 'node_modules', name)), { recursive: true });
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name));
  }
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
});
afterAll(() => rmSync(project, { recursive: true }));

const files = (pattern: string): string[] => globSync(pattern, { cwd: installed }).sort();
const text = (file: string): string => readFileSync(join(installed, file), 'utf8');

it('holds modules with their types, what to read and nothing else', () => {
  const modules = files('*.js').map((file) => file.slice(0, -'.js'.length));
  const texts = ['LICENSE', 'README.md', 'package.json', 'schema.graphql'];
  expect(files('**/*')).toEqual([...texts, ...modules.flatMap((name) => [`${name}.d.ts`, `${name}.js`])].sort());
  expect(modules).toEqual(expect.arrayContaining(Object.values(ENTRIES)));
});

it('imports itself, what it declares and what Node has', () => {
  const declared: readonly string[] = [...DEPENDENCIES, ...PEERS, ...builtinModules.map((name) => `node:${name}`)];
  for (const file of files('*.{js,d.ts}')) {
    for (const [, specifier = ''] of text(file).matchAll(/(?:from|import\()\s*['"]([^'"]+)['"]/g)) {
      if (specifier.startsWith('./')) {
        expect(files('*'), `${file} imports ${specifier}`).toContain(specifier.slice(2).replace(/\.ts$/, '.d.ts'));
      } else {
        const inside = declared.some((name) => specifier === name || specifier.startsWith(`${name}/`));
        expect(inside, `${file} imports ${specifier}`).toBe(true);
      }
    }
  }
});

it('can be imported, each entry by its name', () => {
  const names = Object.keys(ENTRIES).map((name) => name.replace('.', 'heliograph-client'));
  const script = `for (const name of ${JSON.stringify(names)}) console.log(name, Object.keys(await import(name)).join());`;
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: project,
    encoding: 'utf8',
  });
  expect(said.trim().split('\n')).toEqual([
    'heliograph-client FollowError,GapError,RefusedError,StreamProblemError,follow',
    'heliograph-client/file-cursor-store fileCursorStore',
    'heliograph-client/graphql-ws resumable',
    'heliograph-client/graphql-sse resumable',
    'heliograph-client/apollo resumableLink',
    'heliograph-client/urql resumableExchange',
    'heliograph-client/schema',
  ]);
});

it('has types that hold in a strict project, with those of its neighbours checked', () => {
  writeFileSync(
    join(project, 'user.ts'),
    `import { ApolloLink } from '@apollo/client';
import { follow, GapError, type SignalEvent } from 'heliograph-client';
import { resumableLink } from 'heliograph-client/apollo';
import { fileCursorStore } from 'heliograph-client/file-cursor-store';
import { resumable as overSse } from 'heliograph-client/graphql-sse';
import { resumable } from 'heliograph-client/graphql-ws';
import type { SignalFilter, Subscription } from 'heliograph-client/schema';
import { resumableExchange } from 'heliograph-client/urql';
import { createClient as createSseClient } from 'graphql-sse';
import { createClient } from 'graphql-ws';

const filter: SignalFilter = { sides: ['LONG'], minConfidence: '0.5' };
const store = fileCursorStore('signals.cursor');
export async function main(): Promise<SignalEvent[]> {
  for await (const { events, ack } of follow({ url: 'wss://example.org/graphql', store })) {
    await ack();
    return [...events];
  }
  throw new GapError('a', null);
}
const client = resumable(createClient({ url: 'wss://example.org/graphql' }), { store });
client.subscribe<Pick<Subscription, 'signalEvents'>>(
  { query: 'subscription', variables: { filter } },
  { next: ({ data }) => data?.signalEvents.__typename, error: () => {}, complete: () => {} },
);
export const iteration = overSse(createSseClient({ url: 'https://example.org/graphql' })).iterate<Subscription>({ query: '' });
export const link: ApolloLink = resumableLink({ onProblem: ({ earliestCursor }) => earliestCursor });
export const exchanges = [resumableExchange(client), resumableExchange(overSse(createSseClient({ url: '' })))];
// @ts-expect-error: there is no such side
export const wrong: SignalFilter = { sides: ['UP'] };
`,
  );
  const options = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--noEmit'];
  const platform = ['--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom,esnext.disposable'];
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const args = [compiler, ...options, ...platform, 'user.ts'];
  const { stdout } = spawnSync(process.execPath, args, { cwd: project, encoding: 'utf8' });
  const mistakes = stdout.split('\n').filter((line) => /error TS/.test(line));
  // Apollo Client's own types do not hold when they are checked, so nothing here may be skipped and what is theirs is left to them.
  const theirs = /node_modules\/(?!heliograph-client\/)/;
  expect(mistakes.filter((line) => !theirs.test(line))).toEqual([]);
});

it('has types of the schema as it is', async () => {
  expect(text('schema.d.ts')).toContain("readonly __typename?: 'StreamCheckpoint';");
  expect(readFileSync(join(root, 'client/schema.ts'), 'utf8')).toBe(await schemaTypes());
});
