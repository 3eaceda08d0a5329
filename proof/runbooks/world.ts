import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { filled } from '../../runbooks/generate/fill.ts';
import { readPages } from '../../runbooks/page/files.ts';
import type { Page } from '../../runbooks/page/page.ts';
import { type Subject, subjects } from '../../runbooks/page/subject.ts';
import { root } from '../common/repository.ts';
import { anchorsIn } from './inventory/anchors.ts';
import { commandOptions } from './inventory/commands.ts';
import { type Inventory, readInventory } from './inventory/golden.ts';
import { type Series, seriesNames } from './inventory/series.ts';

/** Everything that a page may name. */
export type World = {
  readonly pages: readonly Page[];
  /** runbooks/README.md. */
  readonly index: string;
  readonly subjects: readonly Subject[];
  readonly inventory: Inventory;
  readonly series: Series;
  /** npm scripts, by name: the options that each takes after `--`. */
  readonly scripts: ReadonlyMap<string, ReadonlySet<string>>;
  /** All source of the service, in which what is looked for in its log must stand. */
  readonly source: string;
  /** Paths below the root of the repository, for links. */
  readonly paths: ReadonlySet<string>;
  /** Of each Markdown file by its path, what its heads are called in links. */
  readonly heads: ReadonlyMap<string, ReadonlySet<string>>;
};

/** What is wrong, and where: `runbooks/NAME.md:LINE message`. */
export type Finding = string;

/** What was checked, and what did not hold; a text says why it was not run. */
export type Result = { readonly done: string; readonly findings: readonly Finding[] } | string;

export async function readWorld(): Promise<World> {
  const paths = (await readdir(root, { recursive: true, withFileTypes: false })).filter(isOurs);
  return {
    pages: await readPages(),
    index: await readFile(join(root, 'runbooks/README.md'), 'utf8'),
    subjects,
    inventory: await readInventory(
      join(root, 'infra/testing/golden/production.txt'),
      join(root, 'infra/testing/golden/local.txt'),
    ),
    series: seriesNames(),
    scripts: await commandOptions(root),
    source: await sourceOf(join(root, 'backend')),
    paths: new Set(paths),
    heads: await headsOf(paths.filter((path) => path.endsWith('.md'))),
  };
}

export function at(page: Page, line: number, message: string): Finding {
  return `runbooks/${page.name}.md:${line} ${message}`;
}

/** The page as `npm run docs` would write it. */
export function regenerated(world: World, page: Page): string {
  return filled(
    page,
    world.subjects.find(({ name }) => name === page.name),
  );
}

const isOurs = (path: string): boolean => !/^(node_modules|[.]git)(\/|$)/.test(path);

async function headsOf(files: readonly string[]): Promise<World['heads']> {
  const read = async (path: string) => [path, anchorsIn(await readFile(join(root, path), 'utf8'))] as const;
  return new Map(await Promise.all(files.map(read)));
}

async function sourceOf(folder: string): Promise<string> {
  const files = (await readdir(folder, { recursive: true })).filter(
    (file) => file.endsWith('.ts') && !file.endsWith('.test.ts'),
  );
  return (await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))).join('\n');
}
