export type Write = (text: string) => void;

/** Width of the first column. */
export const LABEL = 10;

/** One fact a line: what it is, then what there is to say. */
export function fact(write: Write, label: string, ...lines: readonly string[]): void {
  for (const [index, line] of lines.entries()) write(`  ${(index === 0 ? label : '').padEnd(LABEL)}${line}\n`);
}
