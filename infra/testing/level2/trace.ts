import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { registrationsOf, type Traced } from '../engine/trace.ts';
import { StandIn } from './provider.ts';
import { Project } from './pulumi.ts';

/** What the real engine was asked by the fixture of level 0, in a preview and in an update. */
type Trace = { readonly preview: readonly Traced[]; readonly up: readonly Traced[] };

const fixture = join(import.meta.dirname, '../engine/fixture');
/** Where it is kept, for machines without the engine. */
const TRACE = join(fixture, 'trace.json');

/** Runs the fixture by the real engine, with a provider that takes everything, and reads what the engine heard. */
async function takeTrace(): Promise<Trace> {
  await using provider = await StandIn.start();
  provider.others = (id) => (id === 'as-it-is' ? { plain: 'text' } : null);
  const environment = { PULUMI_DEBUG_PROVIDERS: provider.attached(['fixture']) };
  using project = new Project({ source: fixture, parts: ['every-option.ts'], environment });
  project.makeStack('test', { 'fixture:password': 'a canary' });
  return { preview: await taken(project, 'preview'), up: await taken(project, 'up') };
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

/** What the engine says today that the trace which is kept does not. */
export async function sameTrace(): Promise<string[]> {
  const kept: unknown = JSON.parse(readFileSync(TRACE, 'utf8'));
  return isDeepStrictEqual(kept, await takeTrace())
    ? []
    : ['it heard something else than is kept: npm run infra:level2 -- --write-trace, and read the difference'];
}

export async function keepTrace(): Promise<void> {
  writeFileSync(TRACE, `${JSON.stringify(await takeTrace(), null, 2)}\n`);
}
