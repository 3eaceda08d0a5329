import { posix } from 'node:path';
import { at, type Finding, type World } from '../world.ts';

/** Every link leads to a file that there is. */
export function links({ pages, paths }: World): Finding[] {
  return pages.flatMap((page) =>
    page.lines.flatMap((text, index) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
        if (/^https:\/\/[\w.-]+(\/|$)/.test(target)) return [];
        const path = posix.normalize(posix.join('runbooks', target.replace(/#.*$/, ''))).replace(/\/$/, '');
        return paths.has(path) ? [] : [at(page, index + 1, `a link leads to ${target}, which is not there`)];
      }),
    ),
  );
}
