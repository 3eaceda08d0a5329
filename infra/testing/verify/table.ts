/** What one level found about one part, or why it was not run. */
export type Row =
  | {
      readonly level: number;
      readonly part: string;
      readonly objects?: number;
      readonly checks: number;
      readonly failed: number;
      /** What a preview by the real engine took. */
      readonly took?: { readonly seconds: number; readonly peakMiB: number | null };
    }
  | { readonly level: number; readonly notRun: string };

/** The rows beneath each other, in columns. */
export function table(rows: readonly Row[]): string {
  const cells = rows.map((row) =>
    'notRun' in row
      ? [String(row.level), `not run: ${row.notRun}`, '', '', '']
      : [String(row.level), row.part, String(row.objects ?? ''), String(row.checks), String(row.failed)],
  );
  const all = [['level', 'stack or part', 'objects', 'checks', 'failed'], ...cells];
  const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((line) => line[column]?.length ?? 0)));
  return all
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** 0 all levels ran and nothing failed, 1 something failed, 2 nothing failed that ran. A level that was not run is never a success. */
export function exitCode(rows: readonly Row[]): 0 | 1 | 2 {
  if (rows.some((row) => 'failed' in row && (row.failed > 0 || row.checks === 0))) return 1;
  return rows.some((row) => 'notRun' in row) ? 2 : 0;
}
