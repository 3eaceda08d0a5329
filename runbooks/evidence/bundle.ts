import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';

const manifest = z.strictObject({
  format: z.literal(1),
  alert: z.string(),
  collectedAt: z.iso.datetime({ precision: 3 }),
  /** How far back was looked. */
  since: z.iso.datetime({ precision: 3 }),
  files: z.array(z.strictObject({ path: z.string(), what: z.string(), bytes: z.int(), sha256: z.string() })),
  /** What belongs here and is not here, and why. */
  missing: z.array(z.strictObject({ what: z.string(), why: z.string() })),
});

export type Manifest = z.infer<typeof manifest>;
const MANIFEST = 'manifest.json';

/** A folder that is filled with files, each named in the manifest that is written last. What cannot be had is named there, too. */
export class Bundle {
  readonly folder: string;
  readonly #of: Pick<Manifest, 'alert' | 'collectedAt' | 'since'>;
  readonly #files: Manifest['files'] = [];
  readonly #missing: Manifest['missing'] = [];

  constructor(folder: string, of: Pick<Manifest, 'alert' | 'collectedAt' | 'since'>) {
    this.folder = folder;
    this.#of = of;
  }

  /** Keeps what the work gives, as text or else as JSON; what it throws is why it is missing. */
  async keep(path: string, what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      const content = await work();
      const text = typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`;
      await mkdir(dirname(join(this.folder, path)), { recursive: true });
      await writeFile(join(this.folder, path), text, { flag: 'wx' });
      this.#files.push({ path, what, ...fingerprint(Buffer.from(text)) });
    } catch (error) {
      this.lack(what, reason(error));
    }
  }

  lack(what: string, why: string): void {
    this.#missing.push({ what, why });
  }

  async close(): Promise<Manifest> {
    const whole: Manifest = { format: 1, ...this.#of, files: this.#files, missing: this.#missing };
    await mkdir(this.folder, { recursive: true });
    await writeFile(join(this.folder, MANIFEST), `${JSON.stringify(whole, null, 2)}\n`, { flag: 'wx' });
    return whole;
  }
}

/** A line for each file that is not what the manifest of its folder says. Throws an Error where there is no manifest. */
export async function changedFiles(folder: string): Promise<readonly string[]> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => '');
  const parsed = manifest.safeParse(text === '' ? null : JSON.parse(text));
  if (!parsed.success) throw new Error(`${join(folder, MANIFEST)} is no manifest of evidence`);
  const found = await Promise.all(
    parsed.data.files.map(async ({ path, sha256 }) => {
      const bytes = await readFile(join(folder, path)).catch(() => null);
      if (bytes === null) return `${path} is missing`;
      return fingerprint(bytes).sha256 === sha256 ? null : `${path} is not what was collected`;
    }),
  );
  return found.filter((line) => line !== null);
}

function fingerprint(bytes: Buffer): { bytes: number; sha256: string } {
  return { bytes: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** With its cause, which is where fetch keeps what went wrong. */
export function reason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause instanceof Error ? `: ${error.cause.message}` : '';
  return `${error.message}${cause}`.slice(0, 500);
}
