import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { registrationsOf, type Traced } from '../engine/trace.ts';
import { startProvider } from './provider.ts';
import { Project } from './pulumi.ts';

/** What the real engine was asked by the fixture of level 0, in a preview and in an update. */
export type Trace = { readonly preview: readonly Traced[]; readonly up: readonly Traced[] };

const repository = join(import.meta.dirname, '../../..');
const fixture = join(import.meta.dirname, '../engine/fixture');
/** Where it is kept, for machines without the engine. */
export const TRACE = join(fixture, 'trace.json');

/** Runs the fixture by the real engine, with a provider that takes everything, and reads what the engine heard. */
export async function takeTrace(): Promise<Trace> {
  const source = mkdtempSync(join(tmpdir(), 'heliograph-trace-'));
  try {
    cpSync(fixture, source, { recursive: true });
    symlinkSync(join(repository, 'node_modules'), join(source, 'node_modules'));
    writeFileSync(join(source, 'package.json'), '{ "type": "module" }');
    await using provider = await startProvider('fixture');
    const environment = { PULUMI_DEBUG_PROVIDERS: provider.attach };
    using project = new Project({ source, parts: ['every-option.ts', 'node_modules'], environment });
    project.makeStack('test', { 'fixture:password': 'a canary' });
    return { preview: await taken(project, 'preview'), up: await taken(project, 'up') };
  } finally {
    rmSync(source, { recursive: true, force: true });
  }
}

async function taken(project: Project, operation: 'preview' | 'up'): Promise<readonly Traced[]> {
  const file = join(project.folder, `${operation}.jsonl`);
  const { exitCode, output } = await project.run(operation, {
    stack: 'test',
    environment: { PULUMI_DEBUG_GRPC: file },
  });
  if (exitCode !== 0)
    throw new Error(`pulumi ${operation} of the fixture ended with ${exitCode}: ${output.slice(-2000)}`);
  const traced = registrationsOf(readFileSync(file, 'utf8'));
  return traced.toSorted((a, b) => (a.urn < b.urn ? -1 : 1)).map(withoutIds);
}

/** The ids of providers are another in every run. */
function withoutIds({ request, urn }: Traced): Traced {
  const { provider, ...rest } = request;
  if (provider === undefined) return { request, urn };
  return { request: { ...rest, provider: String(provider).replace(/::[^:]*$/, '::id') }, urn };
}
