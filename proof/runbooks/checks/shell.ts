import { execFile } from 'node:child_process';
import type { Block, Page } from '../../../runbooks/page/page.ts';
import { placeholders } from '../../../runbooks/placeholders.ts';
import { at, type Finding, type World } from '../world.ts';
import { commandsOf } from './words.ts';

/** What a drill is told of the service that it works on (drills.ts). */
const DRILL = [
  'PORT',
  'INTERNAL',
  'PUBLIC',
  'DATABASE_URL',
  'DATABASE_OWNER_URL',
  'REDIS_PORT',
  'BACKUP_DIR',
  'DATA_DIR',
  'PID_FILE',
] as const;

/** Blocks that go into a shell. */
export function shellBlocks(page: Page): Block[] {
  return page.blocks.filter(({ kind }) => kind === 'sh' || kind === 'sh drill');
}

/** Every block is whole: bash itself reads it. */
export async function syntax({ pages }: World): Promise<Finding[]> {
  const blocks = pages.flatMap((page) => shellBlocks(page).map((block) => ({ page, block })));
  // All at once, each closed in itself; one by one only when that fails.
  if ((await bashReads(blocks.map(({ block }) => `(\n${block.text}\n)\n`).join(''))) === null) return [];
  const said = await Promise.all(blocks.map(({ block }) => bashReads(block.text)));
  return blocks.flatMap(({ page, block }, index) => {
    const complaint = said[index] ?? null;
    return complaint === null ? [] : [at(page, block.line, `bash cannot read it: ${complaint}`)];
  });
}

function bashReads(text: string): Promise<string | null> {
  return new Promise((resolve) => {
    const child = execFile('bash', ['-n'], (error, _, stderr) =>
      resolve(error ? (stderr.trim().split('\n')[0] ?? 'no') : null),
    );
    child.stdin?.end(text);
  });
}

/** Variables are set before on the page or declared in runbooks/placeholders.ts, and nothing else is left open. */
export function open({ pages }: World): Finding[] {
  return pages.flatMap((page) => {
    // Nobody at night carries out a drill, and no drill what is for production.
    const set = {
      sh: new Set<string | undefined>(Object.keys(placeholders)),
      'sh drill': new Set<string | undefined>(DRILL),
    };
    return shellBlocks(page).flatMap(({ kind, line, text }) => {
      const known = kind === 'sh drill' ? set['sh drill'] : set.sh;
      for (const name of setIn(text)) known.add(name);
      const used = [...withoutQuotes(text).matchAll(/\$\{?([A-Za-z_]\w*)/g)].map(([, name]) => name);
      const left = /<[a-z][\w -]*>|\b(?:YOUR|EXAMPLE|CHANGEME)_?\w*|\bPROJECT_ID\b|\.\.\./.exec(text);
      return [
        ...[...new Set(used)]
          .filter((name) => !known.has(name))
          .map((name) => at(page, line, `$${name} is neither set before nor declared in runbooks/placeholders.ts`)),
        ...(left && kind === 'sh' ? [at(page, line, `${left[0]} is left open`)] : []),
      ];
    });
  });
}

function setIn(text: string): string[] {
  const assigned = /(?:^|\s|\()(\w+)=|\bread (?:-\w+ )*(\w+)|\bfor (\w+) in/g;
  return [...text.matchAll(assigned)].flatMap(([, one, two, three]) => one ?? two ?? three ?? []);
}

/** In single quotes a dollar is a dollar. */
function withoutQuotes(text: string): string {
  return text.replace(/'[^']*'/g, "''");
}

/** What is looked for in a log is something that the service says. */
export function logTexts({ pages, source }: World): Finding[] {
  return pages.flatMap((page) =>
    shellBlocks(page).flatMap(({ line, text }) =>
      commandsOf(text, line)
        .filter(({ words: [program] }) => program === 'grep')
        .flatMap(({ line: where, words }) => searched(words).map((wanted) => ({ where, wanted })))
        .filter(({ wanted }) => !source.includes(wanted))
        .map(({ where, wanted }) => at(page, where, `nothing in backend/ says ${JSON.stringify(wanted)}`)),
    ),
  );
}

/** The texts of `grep -E 'one|other'` and `grep -F 'one'` that are words; patterns with more in them are left to the drill. */
function searched(words: readonly string[]): string[] {
  const pattern = words.slice(1).find((word) => !word.startsWith('-')) ?? '';
  return pattern.split('|').filter((text) => /^[A-Za-z][A-Za-z ,'-]*[a-z]$/.test(text) && text.includes(' '));
}
