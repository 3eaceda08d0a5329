/** A page as it stands: what its head says, its parts, and what can be pasted from it. */
export type Page = {
  /** Without `.md`. */
  readonly name: string;
  readonly lines: readonly string[];
  /** What stands between the two `---`, in its order. */
  readonly head: readonly (readonly [key: string, value: string])[];
  /** The line of the title; 0 without one. Lines are counted from 1. */
  readonly titleLine: number;
  readonly title: string;
  readonly parts: readonly Part[];
  readonly blocks: readonly Block[];
};

export type Part = { readonly name: string; readonly line: number; readonly text: readonly string[] };

export type Block = {
  /** Under which head it stands. */
  readonly part: string;
  /** Of its first line of text. */
  readonly line: number;
  /** What stands behind the three backticks: `sh`, `sh drill`, `promql`. */
  readonly kind: string;
  readonly text: string;
};

const FENCE = /^```(.*)$/;

/** Reads a page. Whatever is wrong with it is left to the checks. */
export function readPage(name: string, text: string): Page {
  const lines = text.replace(/\n$/, '').split('\n');
  const parts: { name: string; line: number; text: string[] }[] = [];
  const blocks: Block[] = [];
  let title: { line: number; text: string } | undefined;
  let open: { kind: string; line: number; text: string[] } | undefined;
  const head = headOf(lines);
  for (const [index, line] of lines.entries()) {
    if (index < head.end) continue;
    const [, kind] = FENCE.exec(line) ?? [];
    if (open !== undefined) {
      if (kind === undefined) open.text.push(line);
      else {
        blocks.push({ ...open, part: parts.at(-1)?.name ?? '', text: open.text.join('\n') });
        open = undefined;
      }
    } else if (kind !== undefined) open = { kind: kind.trim(), line: index + 2, text: [] };
    else if (line.startsWith('# ')) title ??= { line: index + 1, text: line.slice(2) };
    if (open === undefined && line.startsWith('## ')) parts.push({ name: line.slice(3), line: index + 1, text: [] });
    else parts.at(-1)?.text.push(line);
  }
  return { name, lines, head: head.entries, title: title?.text ?? '', titleLine: title?.line ?? 0, parts, blocks };
}

/** What the head says under a key; undefined when it says nothing. */
export function said(page: Page, key: string): string | undefined {
  return page.head.find(([name]) => name === key)?.[1];
}

function headOf(lines: readonly string[]): { readonly entries: Page['head']; readonly end: number } {
  const end = lines[0] === '---' ? lines.indexOf('---', 1) : -1;
  const entries = lines.slice(1, Math.max(end, 1)).map((line): [string, string] => {
    const colon = line.indexOf(':');
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()];
  });
  return { entries, end: end + 1 };
}
