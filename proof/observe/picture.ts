import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { ProgramMissing } from '../common/prometheus/missing.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'] as const;
const WIDTH = 1_140;
const LIMIT_MS = 60_000;

/** The browser of this machine. Who works long before he takes a picture asks first. Throws a ProgramMissing where there is none. */
export async function findBrowser(): Promise<string> {
  for (const program of PROGRAMS)
    if (
      await ran(program, ['--version']).then(
        () => true,
        () => false,
      )
    )
      return program;
  throw new ProgramMissing('chromium', 'chromium');
}

/** Takes a picture of a page that is so high, with a browser. Throws an Error where there is no picture after that. */
export async function takePicture(browser: string, page: string, picture: string, height: number): Promise<void> {
  await ran(browser, [
    '--headless',
    // It looks at a page that was written here and opens nothing else; a container has no user for its sandbox.
    '--no-sandbox',
    '--disable-gpu',
    '--hide-scrollbars',
    '--virtual-time-budget=3000',
    `--window-size=${WIDTH},${height}`,
    `--screenshot=${picture}`,
    `file://${page}`,
  ]);
  await stat(picture).catch(() => {
    throw new Error(`${browser} took no picture of ${page}`);
  });
}

/** Rejects when it could not be begun. */
async function ran(program: string, args: readonly string[]): Promise<void> {
  await once(spawn(program, args, { stdio: 'ignore', timeout: LIMIT_MS }), 'exit');
}
