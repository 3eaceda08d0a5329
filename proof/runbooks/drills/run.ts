import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generatedFiles } from '../../../runbooks/generate/contents.ts';
import { drillOf } from '../../../runbooks/page/drill.ts';
import type { Page } from '../../../runbooks/page/page.ts';
import { said } from '../../../runbooks/page/page.ts';
import { root } from '../../common/repository.ts';
import { at, type Finding, type Result, type World } from '../world.ts';
import { perform, record } from './perform.ts';
import { startService } from './service.ts';
import { statementsHold } from './statements.ts';

type Options = { readonly only?: readonly string[]; readonly record?: boolean; readonly write: (line: string) => void };

const OLD_DAYS = 90;
const DAY = 86_400_000;

/** Carries out every drill on one service, one after the other, and asks its database whether it knows what statements of pages name. */
export async function drills({ pages }: World, { only, record: recording, write }: Options): Promise<Result> {
  const chosen = pages.filter((page) => drillOf(page) !== null && (only === undefined || only.includes(page.name)));
  if (chosen.length === 0) return `no drill is called ${only?.join(', ')}`;
  await using service = await startService((folder) => ({ BACKUP_DIR: join(folder, 'backups') }));
  const statements = await statementsHold(only === undefined ? pages : chosen, service.env['DATABASE_OWNER_URL'] ?? '');
  const findings: Finding[] = [...statements.findings];
  for (const page of chosen) {
    const { seconds, fault } = await perform(page, service);
    const what = drillOf(page) === 'reads' ? 'drill, which only reads,' : 'drill';
    write(`${fault === null ? 'passed' : 'failed'}  ${what} ${page.name} ${seconds.toFixed(1)} s`);
    if (fault !== null) findings.push(at(page, 1, `its drill: ${fault}`));
    else if (recording) await record(page, today());
  }
  // The list of all pages tells the days too.
  if (recording)
    for (const [path, text] of Object.entries(await generatedFiles())) await writeFile(join(root, path), text);
  for (const page of pages) if (isOld(page)) write(`warning: the drill of ${page.name} is older than ${OLD_DAYS} days`);
  const reads = chosen.filter((page) => drillOf(page) === 'reads').length;
  const done = `${chosen.length - reads} drills, ${reads} that only read, ${statements.count} statements`;
  return { done, findings };
}

const today = (): string => new Date().toISOString().slice(0, 10);

function isOld(page: Page): boolean {
  const day = Date.parse(said(page, 'last_drilled') ?? '');
  return Date.now() - day > OLD_DAYS * DAY;
}
