import type { Page } from '../../../runbooks/page/page.ts';
import { at, type Finding, type World } from '../world.ts';
import { shellBlocks } from './shell.ts';
import { commandsOf } from './words.ts';

/**
 * KEDA lifts a role from 0 again within seconds, so a page pauses it before. Not where the database is in the cluster, too: such a stack
 * has no KEDA, and what Kubernetes has itself rests while there are 0.
 */
export function scalers({ pages, inventory }: World): Finding[] {
  const scaled = [...(inventory.objects.get('scaledobject') ?? [])];
  return pages.flatMap((page) => {
    const commands = kubectlOf(page);
    if (commands.some(({ text }) => text.includes('statefulset/database'))) return [];
    return commands.flatMap(({ line, text }, index) => {
      const before = commands.slice(0, index).map((command) => command.text);
      const isPaused = (role: string) =>
        before.some((one) => one.includes(` annotate scaledobject ${role} `) && one.includes('/paused-replicas=0'));
      return scaled
        .filter(
          (role) => / scale .*--replicas=0/.test(text) && text.includes(` deployment/${role} `) && !isPaused(role),
        )
        .map((role) => at(page, line, `KEDA brings deployment ${role} back: annotate scaledobject ${role} before`));
    });
  });
}

function kubectlOf(page: Page): { readonly line: number; readonly text: string }[] {
  return shellBlocks(page)
    .flatMap((block) => commandsOf(block.text, block.line))
    .filter(({ words: [program] }) => program === 'kubectl')
    .map(({ line, words }) => ({ line, text: `${words.join(' ')} ` }));
}
