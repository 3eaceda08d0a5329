import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { ProgramMissing } from '../common/prometheus/missing.ts';
import { type Pictures, picturesIn } from '../observe/picture.ts';
import { writePages } from '../observe/write.ts';
import { type BoardFile, boardTexts } from './boards.ts';
import { madeByHand, NOTE } from './by-hand.ts';
import { examine, type Found } from './examine.ts';
import { schemaProblems } from './schema/check.ts';
import { onStage, type Stage } from './stage.ts';

type Write = (line: string) => void;

const HELP = `Checks the generated dashboards: their files by the types of Grafana 12 and 13, and every query of every panel in a real Prometheus
that scrapes two running services under load. What a cluster and a cloud would tell is made by hand from the documented names.

Usage: npm run dashboards:check -- [--minutes N] [--only BOARD]... [--pictures FOLDER]

  --minutes N   how long the services run before they are asked, 1 to 60 (default 4)
  --only BOARD  this dashboard only, such as api; may be given again
  --pictures F  writes a picture of each dashboard into the folder F, such as docs/dashboards
  --help        this text

Exit code: 0 nothing is wrong and no panel is empty, 1 something is, 2 a wrong argument.`;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2), (line) => process.stdout.write(`${line}\n`));

/** Runs the check, prints what it finds and the counts, and gives the exit code. */
export async function main(args: readonly string[], write: Write): Promise<0 | 1 | 2> {
  const texts = await boardTexts();
  const chosen = choose(args, Object.keys(texts), write);
  if (typeof chosen === 'number') return chosen;
  const wrong = schemaProblems(texts);
  for (const line of wrong) write(line);
  write(`${Object.keys(texts).length} dashboards by the types of Grafana 12 and 13: ${wrong.length} problems`);

  const boards = chosen.files.map((name) => [name, JSON.parse(texts[name] ?? '') as BoardFile] as const);
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-dashboards-'));
  // A database does not run as root, so root runs it as somebody else, who must get here.
  await chmod(folder, 0o755);
  try {
    const pictures = chosen.pictures === undefined ? undefined : await picturesIn(chosen.pictures);
    const { minutes } = chosen;
    const found = await onStage(folder, write, (stage) =>
      examined(stage, boards, { minutes, folder, pictures }, write),
    );
    return report(found, write) + wrong.length === 0 ? 0 : 1;
  } catch (error) {
    if (error instanceof ProgramMissing) write(`not run: ${error.message}`);
    else write(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

type Chosen = { readonly files: readonly string[]; readonly minutes: number; readonly pictures: string | undefined };

function choose(args: readonly string[], files: readonly string[], write: Write): Chosen | 0 | 2 {
  const names = files.map((file) => file.replace('.json', ''));
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        minutes: { type: 'string', default: '4' },
        only: { type: 'string', multiple: true },
        pictures: { type: 'string' },
        help: { type: 'boolean' },
      },
    });
    const { minutes, only, pictures } = values;
    const unknown = only?.find((name) => !names.includes(name));
    if (values.help) write(HELP);
    else if (unknown !== undefined)
      write(`--only is ${JSON.stringify(unknown.slice(0, 64))}, expected one of ${names.join(', ')}`);
    else if (!/^([1-9]|[1-5]\d|60)$/.test(minutes))
      write(`--minutes is ${JSON.stringify(minutes.slice(0, 64))}, expected a whole number from 1 to 60`);
    else return { files: (only ?? names).map((name) => `${name}.json`), minutes: Number(minutes), pictures };
    return values.help ? 0 : 2;
  } catch (error) {
    write(error instanceof Error ? error.message : String(error));
    return 2;
  }
}

async function examined(
  { address, since }: Stage,
  boards: readonly (readonly [string, BoardFile])[],
  { minutes, folder, pictures }: { minutes: number; folder: string; pictures: Pictures | undefined },
  write: Write,
): Promise<readonly Found[]> {
  write(`waiting ${minutes} minutes`);
  await sleep(minutes * 60_000);
  const span = { from: since, until: Math.floor(Date.now() / 1_000), step: 5 };
  const found: Found[] = [];
  for (const [name, board] of boards) found.push(await examine(address, name, board, span));
  if (pictures !== undefined) {
    const byHand = { names: madeByHand.map(({ name }) => name), note: NOTE };
    await writePages(address, boards, span, { pages: join(folder, 'pages'), pictures }, byHand);
    write(`a picture of each in ${pictures.folder}`);
  }
  return found;
}

function report(found: readonly Found[], write: Write): number {
  const empty = found.flatMap((one) => one.empty);
  const total = (count: (one: Found) => number): number => found.reduce((sum, one) => sum + count(one), 0);
  for (const line of empty) write(line);
  write(
    `${madeByHand.length} families made by hand from their documentation: ${madeByHand.map(({ name }) => name).join(', ')}`,
  );
  write(
    `${found.length} dashboards, ${total(({ panels }) => panels)} panels, ${total(({ queries }) => queries)} queries, ` +
      `${total(({ variables }) => variables)} variables, ${total(({ markers }) => markers)} markers (${total(({ marks }) => marks)} with something to mark): ${empty.length} empty`,
  );
  return empty.length;
}
