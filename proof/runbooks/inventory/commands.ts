import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** npm scripts by name, with the options that each takes. Those of the service stand in its table of commands, others in their help. */
export async function commandOptions(root: string): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    readonly scripts: Readonly<Record<string, string>>;
  };
  const service = serviceOptions(await readFile(join(root, 'backend/main.ts'), 'utf8'));
  const entries = Object.entries(scripts).map(async ([name, line]): Promise<[string, ReadonlySet<string>]> => {
    const [, task] = /backend\/main[.]ts ([\w-]+)/.exec(line) ?? [];
    if (task !== undefined) return [name, service.get(task) ?? new Set()];
    const [, file] = /(\S+[.]m?ts|\S+[.]mjs)/.exec(line) ?? [];
    return [name, file === undefined ? new Set() : await helped(root, file)];
  });
  return new Map(await Promise.all(entries));
}

/** Options in the help of a program: it may stand in a file beside it. */
async function helped(root: string, file: string): Promise<ReadonlySet<string>> {
  const text = await readFile(join(root, file), 'utf8').catch(() => '');
  const [, other] = /from '([.]\/(?:options|args|arguments)[.]ts)'/.exec(text) ?? [];
  const more = other === undefined ? '' : await readFile(join(root, file, '..', other), 'utf8');
  return new Set([...`${text}${more}`.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([option]) => option));
}

/** Tasks of the service by name, from the text of its table of commands: options stand there, or are named and stand above. */
export function serviceOptions(text: string): ReadonlyMap<string, ReadonlySet<string>> {
  const [shared = '', ...commands] = text.split(/[.]command\(/);
  const named = new Map(
    [...shared.matchAll(/const (\w+) = [^;]*?'(--[a-z-]+)/g)].map(([, variable, option]) => [variable, option]),
  );
  return new Map(
    commands.map((command): [string, ReadonlySet<string>] => {
      const [, name = ''] = /^'([\w-]+)'/.exec(command) ?? [];
      const own = [...command.matchAll(/new Option\(\s*['`](--[a-z-]+)/g)].map(([, option]) => option ?? '');
      const taken = [...command.matchAll(/addOption\((\w+)\b/g)].map(([, variable]) => named.get(variable) ?? '');
      return [name, new Set([...own, ...taken, '--help'].filter((option) => option !== ''))];
    }),
  );
}
