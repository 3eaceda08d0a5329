import type { Incident } from './incident.ts';
import { minutesBetween, utc } from './messages.ts';
import { severities } from './policy.ts';

/** What is known from the record, in the order in which it is told afterwards, with a question where a person has to write. */
export function postmortem(of: Incident, now: number): string {
  const end = of.resolvedAt === null ? now : Date.parse(of.resolvedAt);
  const opened = of.timeline.find(({ kind }) => kind === 'opened');
  const evidence = of.timeline.filter(({ kind }) => kind === 'evidence');
  const within = severities[of.severity].postmortemWithin;
  return `# ${of.title}

| | |
| --- | --- |
| Incident | ${of.id}, ${of.severity}${within === null ? '' : `; this is due within ${within} working days`} |
| Impact | ${cell(of.impact)} |
| Began | ${utc(of.startedAt)} |
| Noticed | ${opened === undefined ? 'not known' : `${utc(opened.writtenAt)}, ${minutesBetween(of.startedAt, Date.parse(opened.writtenAt))} minutes later`} |
| Over | ${of.resolvedAt === null ? 'not yet' : utc(of.resolvedAt)} |
| Lasted | ${minutesBetween(of.startedAt, end)} minutes |
| Alerts | ${of.alerts.map((name) => `${name} (\`runbooks/${name}.md\`)`).join(', ') || 'none fired'} |
| Lead | ${cell(of.lead)} |

Nobody is to blame: whoever did something had a reason to, and that is what we look for.

## Timeline

| When | Who | What |
| --- | --- | --- |
${of.timeline.map(({ at, by, text }) => `| ${utc(at)} | ${cell(by)} | ${cell(text)} |`).join('\n')}

## What users lost

_How many, how much, from when to when? By which query?_

## Why it happened

_What was the last change before it? What had to be so for it to do harm? Ask why until the answer is something that we can change._

## How it was noticed

_${of.alerts.length === 0 ? 'No alert fired: which one would have, and when?' : 'Did the alert come in time, and did it say what users lose?'}_

## What helped, what did not

_Which step of the page worked? Which was missing, wrong, or could not be pasted?_

## What we change

| What | Who | Until | Prevents, shortens or tells |
| --- | --- | --- | --- |
| | | | |

## Evidence

${evidence.length === 0 ? 'None was collected: `npm run evidence -- ALERT --incident ID`.' : evidence.map(({ text }) => `- ${text}`).join('\n')}
`;
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}
