/** A file of the repository; the path is relative to its root. */
export type TextFile = { readonly path: string; readonly text: string };

/** Homes and work folders of one machine: what holds such a path works nowhere else. */
const MACHINE_PATHS = [/(?<![\w./-])\/(?:work|root)\//, /(?<![\w./-])\/(?:home|Users)\/[\w.-]+\//, /\b[A-Z]:\\Users\\/];

const SECRETS = {
  'a private key': /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/,
  'an AWS access key': /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/,
  'a GitHub token': /\b(?:gh[pousr]_\w{36,}|github_pat_\w{40,})/,
  'a Google API key': /\bAIza[\w-]{35}/,
  'a Slack token': /\bxox[abeprs]-[\w-]{10,}/,
  'an npm token': /\bnpm_\w{36}\b/,
  'a Telegram bot token': /\b\d{8,10}:AA[\w-]{33}\b/,
  'an Alpaca key': /\b[AP]K[0-9A-Z]{18}\b/,
  'a JWT': /\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}/,
  'a value for a secret': /(?:secret|token|password|api_?key)["'`]?\s*[:=]\s*["'`][\w+/=]{32,}["'`]/i,
} as const;

/** Spelt so that this line does not find itself. */
const MARKERS = /(?:\/\/|\/\*|^\s*\*|#|--).*\b(?:TO(?:DO)|FIX(?:ME)|X{3})\b/;

/** Each function gives a line for every finding: where, and what is wrong. */
export function machinePaths(files: readonly TextFile[]): string[] {
  return lines(files, (line) => {
    const found = MACHINE_PATHS.map((pattern) => pattern.exec(line)).find((match) => match !== null);
    return found ? `a path of one machine, "${found[0]}"` : null;
  });
}

export function secrets(files: readonly TextFile[]): string[] {
  // What was found is not repeated: the output of a check is kept and shown.
  return lines(files, (line) => {
    const found = Object.entries(SECRETS).find(([, pattern]) => pattern.test(line));
    return found ? `looks like ${found[0]}` : null;
  });
}

export function markers(files: readonly TextFile[]): string[] {
  return lines(files, (line) =>
    MARKERS.test(line) ? 'a marker for unfinished work: finish it, or open an issue' : null,
  );
}

/** A lock file installs the same bytes from any registry: it names none, and holds a checksum of each package. */
export function lockFile({ path, text }: TextFile): string[] {
  const { packages } = JSON.parse(text) as { packages: Record<string, LockedPackage> };
  return Object.entries(packages).flatMap(([name, locked]) => {
    if (name === '' || locked.link) return [];
    const { funding: _, ...rest } = locked;
    const url = /https?:\/\/[^"]+/.exec(JSON.stringify(rest))?.[0];
    return [
      ...(locked.resolved === undefined ? [] : [`${path}: ${name} has "resolved", expected none`]),
      ...(url === undefined ? [] : [`${path}: ${name} names a host, "${new URL(url).host}"`]),
      ...(locked.integrity === undefined ? [`${path}: ${name} has no "integrity"`] : []),
    ];
  });
}

type LockedPackage = { link?: boolean; resolved?: string; integrity?: string; funding?: unknown };

function lines(files: readonly TextFile[], judge: (line: string) => string | null): string[] {
  return files.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) => {
      const finding = judge(line);
      return finding === null ? [] : [`${path}:${index + 1}: ${finding}`];
    }),
  );
}
