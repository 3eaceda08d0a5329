import { spawnSync } from 'node:child_process';

const REPOSITORY = `${import.meta.dirname}/../../..`;

/** What is struck: "cf31277", "cf31277, changed" where files differ from it, "unknown" outside of a repository. */
export function commitOf(): string {
  const git = (...args: string[]) => spawnSync('git', args, { cwd: REPOSITORY, encoding: 'utf8' });
  const head = git('rev-parse', '--short', 'HEAD');
  if (head.status !== 0) return 'unknown';
  // The pages of results are written by the run itself.
  const changed = git('status', '--porcelain', '--', '.', ':(exclude)proof/faults/delivery/RESULTS*.md');
  return changed.stdout === '' ? head.stdout.trim() : `${head.stdout.trim()}, changed`;
}
