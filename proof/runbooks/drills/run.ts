import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatedFiles } from '../../../runbooks/generate/contents.ts';
import { drillOf } from '../../../runbooks/page/drill.ts';
import type { Page } from '../../../runbooks/page/page.ts';
import { said } from '../../../runbooks/page/page.ts';
import { root } from '../../common/repository.ts';
import { at, type Finding, type Result, type World } from '../world.ts';
import { perform, record } from './perform.ts';
import { type Service, startService } from './service.ts';
import { type Statements, statementsHold } from './statements.ts';

type Options = { readonly only?: readonly string[]; readonly record?: boolean; readonly write: (line: string) => void };

const OLD_DAYS = 90;
const DAY = 86_400_000;

/** Carries out every drill on one service, one after the other (on a new one after one that failed), and asks its database whether it knows what statements of pages name. */
export async function drills({ pages }: World, { only, record: recording, write }: Options): Promise<Result> {
  const chosen = pages.filter((page) => drillOf(page) !== null && (only === undefined || only.includes(page.name)));
  if (chosen.length === 0) return `no drill is called ${only?.join(', ')}`;
  const findings: Finding[] = [];
  const judged = async (page: Page, service: Service): Promise<boolean> => {
    const { seconds, fault } = await perform(page, service);
    const what = drillOf(page) === 'reads' ? 'drill, which only reads,' : 'drill';
    write(`${fault === null ? 'passed' : 'failed'}  ${what} ${page.name} ${seconds.toFixed(1)} s`);
    if (fault !== null) findings.push(at(page, 1, `its drill: ${fault}`));
    else if (recording) await record(page, today());
    return fault === null;
  };
  const asked = only === undefined ? pages : chosen;
  let statements: Statements | null = null;
  for (let left: readonly Page[] = chosen; left.length > 0; ) {
    await using service = await startService((folder) => ({ BACKUP_DIR: join(folder, 'backups') }));
    statements ??= await statementsHold(asked, service.env['DATABASE_OWNER_URL'] ?? '');
    left = await untilOneFails(left, (page) => judged(page, service));
  }
  findings.push(...(statements?.findings ?? []));
  // The list of all pages tells the days too.
  if (recording)
    for (const [path, text] of Object.entries(await generatedFiles())) await writeFile(join(root, path), text);
  for (const page of pages) if (isOld(page)) write(`warning: the drill of ${page.name} is older than ${OLD_DAYS} days`);
  const reads = chosen.filter((page) => drillOf(page) === 'reads').length;
  const done = `${chosen.length - reads} drills, ${reads} that only read, ${statements?.count ?? 0} statements`;
  return { done, findings };
}

/** Those that are left after the one that failed: it may leave anything behind, a stopped server too, so they get a service anew. */
async function untilOneFails(
  pages: readonly Page[],
  holds: (page: Page) => Promise<boolean>,
): Promise<readonly Page[]> {
  for (const [i, page] of pages.entries()) if (!(await holds(page))) return pages.slice(i + 1);
  return [];
}

const today = (): string => new Date().toISOString().slice(0, 10);

function isOld(page: Page): boolean {
  const day = Date.parse(said(page, 'last_drilled') ?? '');
  return Date.now() - day > OLD_DAYS * DAY;
}
