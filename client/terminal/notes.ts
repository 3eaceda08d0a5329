import type { Status } from '../status.ts';

/** Tells a person what the connection does, without a line for each attempt of a long outage. */
export function connectionNotes(note: (line: string) => void): (status: Status) => void {
  let attempts = 0;
  let everLive = false;

  return (status) => {
    switch (status.state) {
      case 'disconnected':
        attempts += 1;
        if (isWorthALine(attempts)) note(`${status.reason}, trying again in ${seconds(status.retryInMs)}`);
        break;
      case 'paused':
        note('whoever reads this output is slow: waiting for it');
        break;
      case 'live':
        if (!everLive) note('live, waiting for the next signal; Ctrl-C ends');
        else if (attempts > 0) note('live again');
        everLive = true;
        attempts = 0;
        break;
      default:
    }
  };
}

/** The first ones as they come, then about one a minute. */
function isWorthALine(attempt: number): boolean {
  return attempt <= 5 || attempt % 6 === 0;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
