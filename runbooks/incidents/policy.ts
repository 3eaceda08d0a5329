import { owners } from '../page/subject.ts';

/** People by what they do, not by name: who does it tonight stands in the rota. */
const people = {
  'on call': 'The first who is woken. Opens the incident, works through the page of the alert.',
  'second on call': 'Woken when the first does not answer, or does not get on.',
  'incident lead': 'Decides, keeps the timeline, lets the others work. From SEV2 on somebody else than who works.',
  speaker: 'Tells users and the house, by the messages of this folder. Of SEV1 somebody else than the lead.',
  'owner of the service': 'Who knows the part that is broken, by the table of owners.',
  'head of operations': 'Is told of what costs users money or data.',
} as const;
export type Person = keyof typeof people;

export type IncidentSeverity = 'SEV1' | 'SEV2' | 'SEV3' | 'SEV4';

export type Escalation = {
  readonly meaning: string;
  /** Who is told, and after how many minutes without an end. */
  readonly steps: readonly { readonly after: number; readonly who: readonly Person[] }[];
  /** The longest that users hear nothing new, in minutes; null: they are told nothing. */
  readonly updateEvery: number | null;
  /** Working days until the post-mortem is written; null: none is needed. */
  readonly postmortemWithin: number | null;
};

export const severities: Readonly<Record<IncidentSeverity, Escalation>> = {
  SEV1: {
    meaning: 'Nobody gets signals or answers, or data may be lost or in the wrong hands.',
    steps: [
      { after: 0, who: ['on call', 'incident lead', 'speaker'] },
      { after: 5, who: ['second on call', 'owner of the service'] },
      { after: 30, who: ['head of operations'] },
    ],
    updateEvery: 30,
    postmortemWithin: 3,
  },
  SEV2: {
    meaning: 'Many users lose signals or get them too late, or one surface fails for all.',
    steps: [
      { after: 0, who: ['on call'] },
      { after: 15, who: ['second on call', 'incident lead', 'speaker'] },
      { after: 60, who: ['owner of the service', 'head of operations'] },
    ],
    updateEvery: 60,
    postmortemWithin: 5,
  },
  SEV3: {
    meaning: 'A few users are affected, or there is a way round it.',
    steps: [
      { after: 0, who: ['on call'] },
      { after: 240, who: ['owner of the service'] },
    ],
    updateEvery: 240,
    postmortemWithin: null,
  },
  SEV4: {
    meaning: 'No user notices. What woke somebody is mended now, all else waits for the next working day.',
    steps: [{ after: 0, who: ['on call'] }],
    updateEvery: null,
    postmortemWithin: null,
  },
};

/** What is decided without asking anybody, by what is suspected. */
const atOnce: readonly {
  readonly suspicion: string;
  readonly severity: IncidentSeverity;
  readonly who: Person;
}[] = [
  { suspicion: 'Data is lost, or a ledger does not verify', severity: 'SEV1', who: 'incident lead' },
  { suspicion: 'A key or a token is in the wrong hands', severity: 'SEV1', who: 'owner of the service' },
  { suspicion: 'Wrong signals were published', severity: 'SEV1', who: 'head of operations' },
  { suspicion: 'The region is gone', severity: 'SEV1', who: 'head of operations' },
];

/** Who has to know by now, and in how many minutes the next ones. */
export function toldBy(
  severity: IncidentSeverity,
  minutes: number,
): { readonly now: readonly Person[]; readonly next: string | null } {
  const { steps } = severities[severity];
  const next = steps.find(({ after }) => after > minutes);
  return {
    now: steps.filter(({ after }) => after <= minutes).flatMap(({ who }) => who),
    next: next === undefined ? null : `${next.who.join(', ')} in ${Math.ceil(next.after - minutes)} minutes`,
  };
}

/** The policy as the README has it. */
export function policyTables(): string {
  const told = ({ steps }: Escalation): string =>
    steps.map(({ after, who }) => `${after === 0 ? 'at once' : `after ${after} min`}: ${who.join(', ')}`).join('; ');
  const rows = Object.entries(severities).map(
    ([name, escalation]) =>
      `| ${name} | ${escalation.meaning} | ${told(escalation)} | ${escalation.updateEvery === null ? 'never' : `${escalation.updateEvery} min`} | ${escalation.postmortemWithin === null ? 'none' : `${escalation.postmortemWithin} working days`} |`,
  );
  return [
    '| Severity | When | Who is told, as long as it lasts | Users hear at least each | Post-mortem within |\n| --- | --- | --- | --- | --- |',
    rows.join('\n'),
    '',
    '| Suspected | Severity, at once | Who decides |\n| --- | --- | --- |',
    atOnce.map(({ suspicion, severity, who }) => `| ${suspicion} | ${severity} | ${who} |`).join('\n'),
    '',
    '| Who | What they do |\n| --- | --- |',
    Object.entries(people)
      .map(([name, does]) => `| ${name} | ${does} |`)
      .join('\n'),
    '',
    '| Service of the alert | Owner |\n| --- | --- |',
    Object.entries(owners)
      .map(([service, owner]) => `| ${service} | ${owner} |`)
      .join('\n'),
  ].join('\n');
}
