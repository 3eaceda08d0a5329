import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { ProgramMissing } from '../common/prometheus/missing.ts';

const PROGRAMS = ['chromium', 'chromium-browser', 'google-chrome'] as const;
const WIDTH = 1_140;
const LIMIT_MS = 60_000;

/** Takes a picture of a page that is so high, with the browser of this machine. Throws an Error where there is none, or no picture. */
export async function takePicture(page: string, picture: string, height: number): Promise<void> {
  for (const program of PROGRAMS) if (await taken(program, page, picture, height)) return;
  throw new ProgramMissing('chromium', 'chromium');
}

async function taken(program: string, page: string, picture: string, height: number): Promise<boolean> {
  const child = spawn(
    program,
    [
      '--headless',
      // It looks at a page that was written here and opens nothing else; a container has no user for its sandbox.
      '--no-sandbox',
      '--disable-gpu',
      '--hide-scrollbars',
      '--virtual-time-budget=3000',
      `--window-size=${WIDTH},${height}`,
      `--screenshot=${picture}`,
      `file://${page}`,
    ],
    { stdio: 'ignore', timeout: LIMIT_MS },
  );
  const found = await new Promise<boolean>((resolve, reject) => {
    child.once('exit', () => resolve(true));
    child.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ENOENT' ? resolve(false) : reject(error)));
  });
  if (!found) return false;
  await stat(picture).catch(() => {
    throw new Error(`${program} took no picture of ${page}`);
  });
  return true;
}
