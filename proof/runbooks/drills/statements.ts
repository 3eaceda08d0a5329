import { Client } from 'pg';
import type { Page } from '../../../runbooks/page/page.ts';
import { withSamples } from '../checks/samples.ts';
import { shellBlocks } from '../checks/shell.ts';
import { commandsOf } from '../checks/words.ts';
import { at, type Finding } from '../world.ts';

export type Statements = { readonly count: number; readonly findings: readonly Finding[] };

/** Every statement of the pages, prepared by a real database: it knows the tables, the columns and the functions, or it is a finding. */
export async function statementsHold(pages: readonly Page[], address: string): Promise<Statements> {
  const statements = pages.flatMap((page) =>
    shellBlocks(page).flatMap((block) =>
      commandsOf(block.text, block.line)
        .filter(({ words: [program, run, ...rest] }) => program === 'npm' && run === 'run' && rest.includes('sql'))
        .map(({ line, words }) => ({ page, line, text: withSamples((words.at(-1) ?? '').replaceAll('\\"', '"')) })),
    ),
  );
  const client = new Client({ connectionString: address });
  await client.connect();
  const findings: Finding[] = [];
  try {
    for (const [index, { page, line, text }] of statements.entries()) {
      // It is planned and not carried out.
      await client
        .query(`prepare statement_${index} as ${text}`)
        .catch((error: unknown) =>
          findings.push(at(page, line, `${error instanceof Error ? error.message : String(error)}: ${text}`)),
        );
    }
  } finally {
    await client.end();
  }
  return { count: statements.length, findings };
}
