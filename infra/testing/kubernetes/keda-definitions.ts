import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { FILE } from '../../kubernetes/keda/definitions.ts';
import { moduleFolder } from './programs.ts';

const HELP = `Writes infra/kubernetes/keda/definitions.yaml out of the module of KEDA that tools/crds pins, which needs Go.

Usage: npm run infra:definitions`;

if (import.meta.main) {
  const text = process.argv.includes('--help') ? null : definitionsOfModule();
  if (text !== null) writeFileSync(FILE, text);
  const said = text === null ? 'not run: go is missing' : `${FILE} written`;
  process.stdout.write(`${process.argv.includes('--help') ? HELP : said}\n`);
}

/**
 * The definitions as the file has them: without prose, and without what a job may look like that KEDA starts, which is nine tenths of them and which
 * nothing here uses. Null without Go.
 */
export function definitionsOfModule(): string | null {
  const root = moduleFolder('crds', 'github.com/kedacore/keda/v2');
  if (root === null) return null;
  const folder = join(root, 'config/crd/bases');
  const files = readdirSync(folder).filter((file) => file.endsWith('.yaml'));
  const all = files.toSorted().map((file) => {
    const { status: _, ...definition } = parse(readFileSync(join(folder, file), 'utf8')) as { status?: unknown };
    return shortened(definition);
  });
  return stringify(all, { lineWidth: 0, aliasDuplicateObjects: false });
}

function shortened(value: unknown, key = ''): unknown {
  if (key === 'jobTargetRef') return { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
  if (Array.isArray(value)) return value.map((item) => shortened(item));
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([name, inner]) => !(name === 'description' && typeof inner === 'string'));
  return Object.fromEntries(kept.map(([name, inner]) => [name, shortened(inner, name)]));
}
