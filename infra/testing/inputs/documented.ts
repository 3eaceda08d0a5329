import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

/** What the package of the provider says of one input. */
export type Field = {
  readonly isRequired: boolean;
  readonly kind: 'text' | 'number' | 'flag' | 'map' | 'object' | 'unknown';
  readonly isList: boolean;
  /** Of an object: what is in it. */
  readonly fields: Fields | null;
  /** The only values that it may have; null where none are listed. */
  readonly values: readonly string[] | null;
};

export type Fields = ReadonlyMap<string, Field>;

const root = dirname(createRequire(import.meta.url).resolve('@pulumi/gcp/package.json'));
const nested = readFileSync(join(root, 'types/input.d.ts'), 'utf8');
const known = new Map<string, Fields>();

/** The inputs of a resource, such as `gcp:sql/databaseInstance:DatabaseInstance`. Throws where the package has no such type. */
export function inputsOf(type: string): Fields {
  const [, module = '', name = ''] = /^gcp:(\w+)\/\w+:(\w+)$/.exec(type) ?? [];
  const folder = join(root, module);
  // A file is called like its type, but for capitals.
  const file = existsSync(folder)
    ? readdirSync(folder).find((one) => one.toLowerCase() === `${name.toLowerCase()}.d.ts`)
    : undefined;
  if (file === undefined) throw new Error(`@pulumi/gcp has no ${type}`);
  const text = readFileSync(join(folder, file), 'utf8');
  return remembered(type, () => fieldsIn(bodyOf(text, `export interface ${name}Args {`, '')));
}

/** `path` is like `sql.DatabaseInstanceSettings`; a namespace may be in another. */
function objectOf(path: string): Fields {
  return remembered(path, () => {
    const steps = path.split('.');
    const name = steps.pop() ?? '';
    let [text, indent] = [nested, ''];
    for (const [index, step] of steps.entries()) {
      text = bodyOf(text, `${index === 0 ? 'export declare ' : indent}namespace ${step} {`, indent);
      indent += '    ';
    }
    return fieldsIn(bodyOf(text, `${indent}interface ${name} {`, indent));
  });
}

function remembered(key: string, make: () => Fields): Fields {
  const found = known.get(key) ?? make();
  known.set(key, found);
  return found;
}

/** From behind its head to the brace that closes it, which stands as far from the margin. */
function bodyOf(text: string, head: string, indent: string): string {
  const start = text.startsWith(head) ? 0 : text.indexOf(`\n${head}\n`) + 1;
  const end = text.indexOf(`\n${indent}}`, start);
  if (start === 0 && !text.startsWith(head)) throw new Error(`the types have no "${head.trim()}"`);
  return text.slice(start + head.length, end);
}

function fieldsIn(body: string): Fields {
  const members = body.matchAll(/^( +)(?:\/\*\*((?:.|\n)*?)\*\/\n\1)?(?:readonly )?(\w+)(\??): ((?:.|\n)*?);$/gm);
  return new Map(
    [...members].map(([, , comment = '', name = '', optional, type = '']) => [
      name,
      fieldOf(type, optional !== '?', comment.replaceAll(/^ *\* ?/gm, '')),
    ]),
  );
}

function fieldOf(type: string, isRequired: boolean, comment: string): Field {
  const [, path] = /\binputs\.([\w.]+)/.exec(type) ?? [];
  const isMap = type.includes('[key: string]');
  const kind = isMap
    ? 'map'
    : path !== undefined
      ? 'object'
      : (Object.entries(plain).find(([word]) => new RegExp(`\\b${word}\\b`).test(type))?.[1] ?? 'unknown');
  return {
    isRequired,
    kind,
    isList: !isMap && type.includes('[]'),
    // Looked up when something is in it: a few types contain themselves.
    get fields() {
      return path === undefined || isMap ? null : objectOf(path);
    },
    values: kind === 'text' ? listedIn(comment) : null,
  };
}

const plain = { string: 'text', number: 'number', boolean: 'flag' } as const;

/** The values that a comment lists in one of the forms that the generator of these types uses for all that there are. */
function listedIn(comment: string): readonly string[] | null {
  const quoted =
    /(?:Possible|Valid|Supported) values (?:are|include|for \w+ are): ((?:`[^`]+`(?:, (?:and |or )?|,? and |,? or )?)+)\.?/.exec(
      comment,
    )?.[1];
  if (quoted !== undefined) return [...quoted.matchAll(/`"?([^`"]+)"?`/g)].map(([, value]) => `${value}`);
  const below = /Possible values:\n((?:\*? ?[A-Z][A-Z0-9_]+\.?\n)+)/.exec(`${comment.trimEnd()}\n`)?.[1];
  return below === undefined ? null : below.split('\n').flatMap((line) => /[A-Z][A-Z0-9_]+/.exec(line)?.[0] ?? []);
}
