import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { ProgramMissing } from '../common/prometheus/missing.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'] as const;
const WIDTH = 1_140;
const LIMIT_MS = 60_000;

/** Where pictures go, and what takes them. */
export type Pictures = { readonly folder: string; readonly browser: string };

/** Finds the browser of this machine, before anybody has worked long for a picture. Throws a ProgramMissing where there is none. */
export async function picturesIn(folder: string): Promise<Pictures> {
  for (const browser of PROGRAMS) if (await isThere(browser)) return { folder, browser };
  throw new ProgramMissing('chromium', 'chromium');
}

async function isThere(program: string): Promise<boolean> {
  try {
    await ran(program, ['--version']);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
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
