import type { Tally } from '../kubernetes/tally.ts';
import { exampleOf, runStack } from '../stacks.ts';
import type { Row } from '../verify/table.ts';
import { rowOf } from './rows.ts';
import { openProject, settings, unlike } from './stack.ts';

/** What keeps the provider from asking anybody: a preview of new resources compares, and calls nothing. */
const offline = {
  GOOGLE_OAUTH_ACCESS_TOKEN: 'of nobody',
  PULUMI_GCP_SKIP_REGION_VALIDATION: 'true',
};

/**
 * A first preview of each stack on Google Cloud by the real engine and the real providers, without an account: their checks of every input, and what
 * they would make. Gives a row with the time and the memory of each.
 */
export async function previews(newTally: () => Tally, stacks: readonly string[]): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const stack of stacks) {
    const tally = newTally();
    const { resources } = await runStack(stack, {}, true);
    using project = openProject(offline);
    project.makeStack(stack, settings(exampleOf(stack)));
    let took = { seconds: 0, peakMiB: null as number | null };
    await tally.check(stack, `the real providers would make all ${resources.length} resources`, async () => {
      const outcome = await project.run('preview', { stack });
      took = { seconds: outcome.seconds, peakMiB: outcome.peakMiB };
      const count = outcome.changes['create'] ?? 0;
      // And the stack itself.
      const missing = count === resources.length + 1 ? [] : [`${count} instead of ${resources.length + 1}`];
      return [...unlike(outcome, (op) => op === 'create'), ...missing];
    });
    const figures = `${took.seconds.toFixed(0)} s, ${took.peakMiB ?? '?'} MiB`;
    const row = rowOf(`${stack}, rung b: preview by the real providers (${figures})`, resources.length, tally);
    rows.push({ ...row, took });
  }
  return rows;
}
