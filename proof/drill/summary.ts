const [BEGIN, END] = ['<!-- Of proof/drill/RESULTS.md, by `npm run drill -- --write-results`. -->', '<!-- End. -->'];
const ROW =
  /^\| (?<what>container|node|database|region) \| held \| (?<rto>[\d.]+) \| (?<most>\d+) \| (?<rpo>[\d.]+) \| (?<least>\d+) \|/;

/** The README, with what its page of results says of the last drill: after how long each came back, and what was lost with it. */
export function withSummary(readme: string, results: string): string {
  const [before, rest] = split(readme, BEGIN);
  const [, after] = split(rest, END);
  return `${before}${BEGIN}\n\n${summaryOf(results)}\n\n${END}${after}`;
}

function summaryOf(results: string): string {
  const rows = results.split('\n').flatMap((line) => {
    const groups = ROW.exec(line)?.groups;
    return groups === undefined ? [] : [groups];
  });
  if (rows.length !== 4) throw new Error(`the results hold ${rows.length} of the 4 rows that have to have held`);
  const date = /^- Date: (.+)$/m.exec(results)?.[1];
  return [
    `| lost, on ${date} | back after | promised | rows lost | promised |`,
    '|---|---|---|---|---|',
    ...rows.map(
      ({ what, rto, most, rpo, least }) =>
        `| ${what} | ${rto} s | ${duration(most)} | ${Number(rpo) === 0 ? 'none' : `the last ${rpo} s`} | ${Number(least) === 0 ? 'none' : duration(least)} |`,
    ),
  ].join('\n');
}

function duration(text: string | undefined): string {
  const seconds = Number(text);
  if (seconds % 3_600 === 0) return `${seconds / 3_600} h`;
  return seconds % 60 === 0 ? `${seconds / 60} min` : `${seconds} s`;
}

function split(text: string, mark: string): [string, string] {
  const at = text.indexOf(mark);
  if (at < 0) throw new Error(`README.md has no ${mark}`);
  return [text.slice(0, at), text.slice(at + mark.length)];
}
