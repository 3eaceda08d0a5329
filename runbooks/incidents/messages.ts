import type { Incident } from './incident.ts';
import { severities, toldBy } from './policy.ts';

export const messages = { first, update, resolved } as const;
export type MessageKind = keyof typeof messages;
export type Audience = 'public' | 'internal';

/** What is said when it has just begun: what users lose, that somebody works on it, when they hear again. No guess about the cause. */
function first(of: Incident, audience: Audience, now: number): string {
  return audience === 'public'
    ? lines(of.title, `Since ${utc(of.startedAt)}: ${of.impact}`, 'We are working on it.', nextWord(of))
    : lines(
        `${of.severity} ${of.id}: ${of.title}`,
        `Since ${utc(of.startedAt)}: ${of.impact}`,
        `Lead: ${of.lead}. Alerts: ${of.alerts.join(', ') || 'none'}.`,
        duty(of, now),
      );
}

/** The newest that may be told to this audience, after what users lose. */
function update(of: Incident, audience: Audience, now: number): string {
  // How it was opened is the title and the impact once more, with words of the house.
  const told = of.timeline.filter((entry) => audience === 'internal' || (entry.public && entry.kind !== 'opened'));
  const newest = told.at(-1);
  const state = newest === undefined ? '' : `${utc(newest.at)}: ${newest.text}`;
  return audience === 'public'
    ? lines(of.title, state, `Still so: ${of.impact}`, nextWord(of))
    : lines(
        `${of.severity} ${of.id}: ${of.title}`,
        state,
        `${minutesBetween(of.startedAt, now)} minutes so far.`,
        duty(of, now),
      );
}

function resolved(of: Incident, audience: Audience): string {
  const end = of.resolvedAt ?? '';
  const how = of.timeline.findLast(({ kind }) => kind === 'resolved')?.text ?? '';
  const lasted = `From ${utc(of.startedAt)} to ${utc(end)}, ${minutesBetween(of.startedAt, Date.parse(end))} minutes.`;
  const within = severities[of.severity].postmortemWithin;
  return audience === 'public'
    ? lines(`Over: ${of.title}`, lasted, how, goingOn(of))
    : lines(
        `Over: ${of.severity} ${of.id}: ${of.title}`,
        lasted,
        how,
        within === null ? '' : `The post-mortem is due within ${within} working days.`,
      );
}

/** True as well where the newest signals went with a restore, which nobody may have said here. */
function goingOn({ components }: Incident): string {
  return components.every((name) => name === 'answers')
    ? ''
    : 'Clients that kept their cursor go on after the last signal that they have seen. One that is answered EPOCH_CHANGED goes on from the place that the answer names.';
}

function nextWord({ severity }: Incident): string {
  const { updateEvery } = severities[severity];
  return updateEvery === null ? '' : `The next word comes within ${updateEvery} minutes.`;
}

function duty(of: Incident, now: number): string {
  const { now: told, next } = toldBy(of.severity, minutesBetween(of.startedAt, now));
  return `Must know by now: ${told.join(', ')}.${next === null ? '' : ` Next: ${next}.`}`;
}

export function minutesBetween(from: string, until: number): number {
  return Math.max(0, Math.round((until - Date.parse(from)) / 60_000));
}

export function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
}

function lines(...given: readonly string[]): string {
  return given.filter((line) => line !== '').join('\n');
}
