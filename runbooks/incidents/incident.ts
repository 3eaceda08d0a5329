import { z } from 'zod';
import type { IncidentSeverity } from './policy.ts';

const instant = z.iso.datetime({ precision: 3 });
const severity = z.enum(['SEV1', 'SEV2', 'SEV3', 'SEV4'] satisfies IncidentSeverity[]);
const sentence = z.string().trim().min(1).max(2_000);

const entry = z.strictObject({
  /** When it happened, which may be before it was written down. */
  at: instant,
  writtenAt: instant,
  by: z.string().min(1).max(100),
  kind: z.enum(['opened', 'note', 'severity', 'evidence', 'resolved']),
  text: sentence,
  /** Whether users read it. */
  public: z.boolean(),
});

export const incident = z.strictObject({
  format: z.literal(1),
  id: z.string().regex(/^\d{8}-\d{4}-[a-z0-9][a-z0-9-]{0,40}$/),
  title: sentence.max(200),
  severity,
  /** What users lose, in their words. */
  impact: sentence.max(500),
  alerts: z.array(z.string()),
  components: z.array(z.enum(['answers', 'subscriptions', 'signals', 'market data'])),
  lead: z.string().min(1).max(100),
  startedAt: instant,
  resolvedAt: instant.nullable(),
  timeline: z.array(entry).min(1),
});

export type Incident = z.infer<typeof incident>;
export type Entry = Incident['timeline'][number];
export type Component = Incident['components'][number];

/** What a person may get wrong about an incident; the message is for them. */
export class IncidentError extends Error {}

export type Written = { readonly now: number; readonly at: number; readonly by: string; readonly public: boolean };

/** A new incident. `at` is when it began, as far as is known. */
export function open(
  of: Pick<Incident, 'title' | 'severity' | 'impact' | 'alerts' | 'components'>,
  { now, at, by }: Omit<Written, 'public'>,
): Incident {
  const words = of.title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  // Whole words, as many as fit.
  const slug =
    words.length > 40
      ? words
          .slice(0, 41)
          .replace(/-[^-]*$/, '')
          .slice(0, 40)
      : words;
  const [day = '', time = ''] = iso(now).split('T');
  return {
    format: 1,
    id: `${day.replaceAll('-', '')}-${time.slice(0, 5).replace(':', '')}-${slug === '' ? 'incident' : slug}`,
    ...of,
    lead: by,
    startedAt: iso(at),
    resolvedAt: null,
    timeline: [line('opened', `${of.severity}: ${of.title}. ${of.impact}`, { now, at: now, by, public: true })],
  };
}

export function note(of: Incident, text: string, written: Written, kind: 'note' | 'evidence' = 'note'): Incident {
  return withLine(of, line(kind, text, written));
}

/** `told`: what users are told from now on. Throws an IncidentError where the severity would not change. */
export function changeSeverity(
  of: Incident,
  { to, why, told }: { to: IncidentSeverity; why: string; told: Pick<Incident, 'title' | 'impact' | 'components'> },
  written: Written,
): Incident {
  refuseResolved(of);
  if (of.severity === to) throw new IncidentError(`${of.id} is ${to} already`);
  return { ...withLine(of, line('severity', `${of.severity} → ${to}: ${why}`, written)), ...told, severity: to };
}

export function resolve(of: Incident, how: string, written: Written): Incident {
  refuseResolved(of);
  if (written.at < Date.parse(of.startedAt))
    throw new IncidentError(`--at is ${iso(written.at)}, expected not before it began, ${of.startedAt}`);
  return { ...withLine(of, line('resolved', how, { ...written, public: true })), resolvedAt: iso(written.at) };
}

export function iso(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

function refuseResolved({ id, resolvedAt }: Incident): void {
  if (resolvedAt !== null) throw new IncidentError(`${id} was resolved at ${resolvedAt}: open another one`);
}

function line(kind: Entry['kind'], text: string, { now, at, by, public: isPublic }: Written): Entry {
  return { at: iso(at), writtenAt: iso(now), by, kind, text: text.trim(), public: isPublic };
}

/** In the order in which things happened, whenever they were written down. */
function withLine(of: Incident, added: Entry): Incident {
  return { ...of, timeline: [...of.timeline, added].sort((a, b) => a.at.localeCompare(b.at)) };
}
