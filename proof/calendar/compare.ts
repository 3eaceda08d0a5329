/** A session as the two calendars are compared. `sessionDate` YYYY-MM-DD, instants in ms since 1970 UTC. */
export type PlainSession = { readonly sessionDate: string; readonly open: number; readonly close: number };

/** `compared`: dates on which at least one has a session. `differences`: a line for each date on which the two disagree, in order. */
type Comparison = { readonly compared: number; readonly differences: readonly string[] };

export function compare(ours: readonly PlainSession[], oracle: readonly PlainSession[]): Comparison {
  const oursByDate = byDate(ours);
  const oracleByDate = byDate(oracle);
  const dates = [...new Set([...oursByDate.keys(), ...oracleByDate.keys()])].sort();
  const differences = dates.flatMap((date) => {
    const left = hours(oursByDate.get(date));
    const right = hours(oracleByDate.get(date));
    return left === right ? [] : [`${date}: ours ${left}, oracle ${right}`];
  });
  return { compared: dates.length, differences };
}

/** A date that comes twice keeps all its sessions, so that the doubled one shows as a difference. */
function byDate(sessions: readonly PlainSession[]): Map<string, PlainSession[]> {
  return Map.groupBy(sessions, (session) => session.sessionDate);
}

function hours(sessions: readonly PlainSession[] | undefined): string {
  if (!sessions) return 'no session';
  return sessions.map(({ open, close }) => `${isoText(open)} to ${isoText(close)}`).join(' and ');
}

function isoText(instant: number): string {
  return new Date(instant).toISOString();
}
