/** What a head of a Markdown file is called in a link to it, as GitHub makes it: small letters, words joined by hyphens, nothing else. */
export function anchorsIn(text: string): ReadonlySet<string> {
  const lines = text.replace(/^```.*?^```/gms, '').split('\n');
  const heads = lines.flatMap((line) => /^#{1,6} +(.*?) *#*$/.exec(line)?.[1] ?? []);
  return new Set(
    heads.map((head) =>
      head
        .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
        .toLowerCase()
        .replace(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}
