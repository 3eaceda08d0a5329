import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { run, type Said } from './program.ts';
import { lockFile, machinePaths, markers, secrets, type TextFile } from './text-rules.ts';

/** One thing that is checked about the repository in a folder. */
export type Step = {
  readonly name: string;
  readonly what: string;
  check(folder: string): Promise<Said>;
};

/** Those that take longest stand first, because they run two at a time. */
export const steps: readonly Step[] = [
  {
    name: 'types',
    what: 'tsc, strict to the end',
    check: (folder) => run('tsc', ['-p', '.', '--noEmit', '--pretty', 'false'], folder),
  },
  {
    name: 'imports',
    what: 'who may import whom (.dependency-cruiser.mjs)',
    check: (folder) => run('depcruise', ['--config', '.dependency-cruiser.mjs', '--output-type', 'err', '.'], folder),
  },
  {
    name: 'dead',
    what: 'unused files, exports and packages (knip)',
    check: (folder) => run('knip', ['--no-progress'], folder),
  },
  {
    name: 'lint',
    what: 'format and lint (biome), also that only backend/settings.ts reads the environment',
    check: (folder) => run('biome', ['ci', '--error-on-warnings', '--max-diagnostics=50', '--colors=off', '.'], folder),
  },
  {
    name: 'docs',
    what: 'docs/ and schema.graphql are what the code says',
    check: (folder) => run('node', ['--import', 'tsx', 'backend/graphql/docs.ts', '--check'], folder),
  },
  {
    name: 'client',
    what: 'client/schema.ts is what schema.graphql says',
    check: (folder) => run('node', ['client/pack/types.ts', '--check'], folder),
  },
  {
    name: 'alerts',
    what: 'alerts/generated/ and docs/alerts.md are what the tables of alerts/ say',
    check: (folder) => run('node', ['alerts/generate/write.ts', '--check'], folder),
  },
  {
    name: 'boards',
    what: 'dashboards/generated/ is what the tables of dashboards/ say',
    check: (folder) => run('node', ['dashboards/generate/write.ts', '--check'], folder),
  },
  {
    name: 'runbooks',
    what: 'every alert has its page, what pages name is there, and what is generated in them is what the tables say',
    check: (folder) => run('node', ['proof/runbooks/run.ts', '--static'], folder),
  },
  { name: 'lock', what: 'package-lock.json names no registry and locks every package', check: locked },
  { name: 'paths', what: 'no path of one machine', check: texts(machinePaths) },
  { name: 'secrets', what: 'nothing that looks like a secret', check: texts(secrets) },
  { name: 'markers', what: 'no marker for unfinished work in a comment', check: texts(markers) },
];

async function locked(folder: string): Promise<Said> {
  const path = 'package-lock.json';
  return judged(lockFile({ path, text: await readFile(join(folder, path), 'utf8') }));
}

function texts(rule: (files: readonly TextFile[]) => string[]): Step['check'] {
  return async (folder) => {
    const listed = await run('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], folder);
    if (!listed.content) return listed;
    const paths = new Set(listed.output.split('\0').filter((path) => path !== ''));
    const files = await Promise.all([...paths].map((path) => readText(folder, path)));
    return judged(rule(files.filter((file) => file !== null)));
  };
}

// Null for what git lists and nobody can read as text: deleted files, submodules, binary files.
async function readText(folder: string, path: string): Promise<TextFile | null> {
  const text = await readFile(join(folder, path), 'utf8').catch(() => null);
  return text === null || text.includes('\0') ? null : { path, text };
}

function judged(findings: readonly string[]): Said {
  return { content: findings.length === 0, output: findings.join('\n') };
}
