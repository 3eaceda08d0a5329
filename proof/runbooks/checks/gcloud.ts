import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { at, type Finding, type World } from '../world.ts';
import { withSamples } from './samples.ts';
import { shellBlocks } from './shell.ts';
import { commandsOf } from './words.ts';

const verdicts = z.record(
  z.string(),
  z.array(z.looseObject({ success: z.boolean(), error_message: z.string().nullable() })),
);

/** Every command of gcloud, read by gcloud itself, which asks nobody. Null: gcloud is missing. */
export async function cloudCommands({
  pages,
}: World): Promise<{ readonly count: number; readonly findings: Finding[] } | null> {
  const commands = pages.flatMap((page) =>
    shellBlocks(page).flatMap((block) =>
      commandsOf(block.text, block.line)
        .filter(({ words: [program] }) => program === 'gcloud')
        .map(({ line, words }) => ({ page, line, text: joined(words) })),
    ),
  );
  const texts = [...new Set(commands.map(({ text }) => text))];
  const said = await lint(texts);
  if (said === null) return null;
  const findings = commands.flatMap(({ page, line, text }) => {
    const verdict = said[String(texts.indexOf(text) + 1)]?.[0];
    if (verdict?.success === true) return [];
    return [
      at(page, line, `gcloud does not take ${text}: ${verdict?.error_message?.split('\n')[0] ?? 'it said nothing'}`),
    ];
  });
  return { count: commands.length, findings };
}

async function lint(commands: readonly string[]): Promise<z.infer<typeof verdicts> | null> {
  const folder = await mkdtemp(join(tmpdir(), 'heliograph-gcloud-'));
  try {
    const file = join(folder, 'commands.json');
    await writeFile(file, JSON.stringify(commands.map((text, index) => ({ command_string: text, id: index + 1 }))));
    const { output, missing } = await gcloud(
      ['meta', 'lint-gcloud-commands', `--commands-file=${file}`, '--serialize'],
      folder,
    );
    return missing ? null : verdicts.parse(JSON.parse(output.slice(output.indexOf('{'))));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function gcloud(
  args: readonly string[],
  folder: string,
): Promise<{ readonly output: string; readonly missing: boolean }> {
  // With a configuration of its own: nobody's account, nobody's project, nothing is reported.
  const env = { ...process.env, CLOUDSDK_CONFIG: folder, CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true' };
  return new Promise((resolve) => {
    execFile('gcloud', args, { env, timeout: 120_000, maxBuffer: 256 * 1024 * 1024 }, (error, stdout) =>
      resolve({ output: stdout, missing: error?.code === 'ENOENT' }),
    );
  });
}

/** A flag and its value are one word: so gcloud wants it here. */
function joined(words: readonly string[]): string {
  const isFlag = (word: string | undefined): boolean => word !== undefined && /^--[a-z-]+$/.test(word);
  return words
    .map((word, index) => {
      const next = words[index + 1];
      if (isFlag(word) && next !== undefined && !next.startsWith('-')) return `${quoted(word)}=${quoted(next)}`;
      return isFlag(words[index - 1]) && !word.startsWith('-') ? '' : quoted(word);
    })
    .filter((word) => word !== '')
    .join(' ');
}

/** As the shell would hand it on. */
function quoted(word: string): string {
  const text = withSamples(word);
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", '')}'`;
}
