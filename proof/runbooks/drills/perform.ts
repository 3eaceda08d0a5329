import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { drillBlocks } from '../../../runbooks/page/drill.ts';
import { folder } from '../../../runbooks/page/files.ts';
import type { Page } from '../../../runbooks/page/page.ts';
import { root } from '../../common/repository.ts';
import type { Service } from './service.ts';

const LIMIT_MS = 4 * 60_000;

export type Drilled = { readonly page: Page; readonly seconds: number; readonly fault: string | null };

/** Carries out the drill of a page on a running service: every command must succeed, and the service be well afterwards. */
export async function perform(page: Page, service: Service): Promise<Drilled> {
  const begun = performance.now();
  const text = drillBlocks(page)
    .map((block) => block.text)
    .join('\n');
  const fault = (await bash(text, service.env)) ?? (await service.well().then(noFault, whyNot));
  return { page, fault, seconds: (performance.now() - begun) / 1_000 };
}

/** Writes the day into the head of a page. */
export async function record({ name }: Page, day: string): Promise<void> {
  const file = join(folder, `${name}.md`);
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^last_drilled: .*$/m, `last_drilled: ${day}`));
}

/** What went wrong, with the last of what was said; null when nothing did. */
function bash(text: string, env: Readonly<Record<string, string>>): Promise<string | null> {
  return new Promise((resolve) => {
    const child = spawn('bash', ['--norc', '-xeuo', 'pipefail', '-c', text], {
      ...{ cwd: root, env, detached: true },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    const hear = (part: Buffer) => {
      said = `${said}${part.toString('utf8')}`.slice(-1_500);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const late = setTimeout(() => {
      said += `\nnot done after ${LIMIT_MS / 1_000} s`;
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }, LIMIT_MS);
    child.once('error', (error) => resolve(error.message));
    // Not when its output has ended: a service that it has started keeps that open.
    child.once('exit', (code, signal) => {
      clearTimeout(late);
      resolve(code === 0 ? null : `${signal ?? `exit code ${code}`}\n${said}`);
    });
  });
}

const noFault = (): null => null;
const whyNot = (error: unknown): string =>
  `the service is not well afterwards: ${error instanceof Error ? error.message : String(error)}`;
