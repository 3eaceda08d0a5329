import { posix } from 'node:path';
import { at, type Finding, type World } from '../world.ts';

/** Every link leads to a file that there is, and to a head in it. */
export function links({ pages, paths, heads }: World): Finding[] {
  return pages.flatMap((page) =>
    page.lines.flatMap((text, index) =>
      [...text.matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = '']) => {
        if (/^https:\/\/[\w.-]+(\/|$)/.test(target)) return [];
        const [file = '', anchor] = target.split('#');
        const path = posix.normalize(posix.join('runbooks', file || `${page.name}.md`)).replace(/\/$/, '');
        if (!paths.has(path)) return [at(page, index + 1, `a link leads to ${target}, which is not there`)];
        return anchor === undefined || heads.get(path)?.has(anchor)
          ? []
          : [at(page, index + 1, `a link leads to ${target}, and ${path} has no such head`)];
      }),
    ),
  );
}
