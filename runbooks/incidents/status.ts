import { type Component, type Incident, iso } from './incident.ts';
import { minutesBetween, utc } from './messages.ts';
import { components } from './users.ts';

/** What users may read of it, as status.json has it. */
export type Status = {
  readonly updatedAt: string;
  readonly state: State;
  readonly components: Readonly<Record<Component, State>>;
  readonly open: readonly Shown[];
  /** Those of the last ninety days, the newest first. */
  readonly past: readonly Shown[];
};

type State = 'works' | 'degraded' | 'down';

type Shown = Pick<Incident, 'id' | 'title' | 'impact' | 'components' | 'startedAt' | 'resolvedAt'> & {
  readonly updates: readonly { readonly at: string; readonly text: string }[];
};

const KEPT_MS = 90 * 86_400_000;
const WORDS = {
  works: 'All works',
  degraded: 'Some of it does not work as it should',
  down: 'It does not work',
} as const;
const rank: readonly State[] = ['works', 'degraded', 'down'];

/** SEV4 is nobody's business but ours. */
export function isTold({ severity }: Pick<Incident, 'severity'>): boolean {
  return severity !== 'SEV4';
}

/** What is told, and of that no line that is not public. */
export function statusOf(incidents: readonly Incident[], now: number): Status {
  const told = incidents.filter(isTold);
  const open = told.filter(({ resolvedAt }) => resolvedAt === null);
  const past = told.filter(({ resolvedAt }) => resolvedAt !== null && Date.parse(resolvedAt) > now - KEPT_MS);
  const stateOf = (component: Component): State =>
    worst(
      open
        .filter((one) => one.components.includes(component))
        .map(({ severity }) => (severity === 'SEV1' ? 'down' : 'degraded')),
    );
  const states = Object.fromEntries(components.map((name) => [name, stateOf(name)])) as Record<Component, State>;
  return {
    updatedAt: iso(now),
    state: worst([...Object.values(states), ...(open.length > 0 ? (['degraded'] as const) : [])]),
    components: states,
    open: open.map(shown),
    past: past.map(shown),
  };
}

function worst(states: readonly State[]): State {
  return states.reduce<State>((bad, state) => (rank.indexOf(state) > rank.indexOf(bad) ? state : bad), 'works');
}

/** The words of its id were its first title, which may have been for the house. */
function shown({ id, title, impact, components, startedAt, resolvedAt, timeline }: Incident): Shown {
  const updates = timeline
    .filter((entry) => entry.public && entry.kind !== 'opened')
    .map(({ at, text }) => ({ at, text }));
  return { id: id.slice(0, '20261120-1430'.length), title, impact, components, startedAt, resolvedAt, updates };
}

/** The same as a page that needs nothing else: no script, no font, no other host. */
export function statusPage(status: Status): string {
  const part = (title: string, of: readonly Shown[]): string =>
    of.length === 0 ? '' : `<h2>${escaped(title)}</h2>\n${of.map(article).join('\n')}`;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="60">
<title>${escaped(WORDS[status.state])}</title>
<style>
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; color: #222 }
h1 { padding: .5rem 1rem; border-left: .5rem solid } .works { border-color: #2a7d2a } .degraded { border-color: #c77700 } .down { border-color: #b00020 }
dt { float: left; clear: left; width: 12rem } time { color: #666 } article { border-top: 1px solid #ddd }
</style>
<h1 class="${status.state}">${escaped(WORDS[status.state])}</h1>
<dl>${Object.entries(status.components)
    .map(([name, state]) => `<dt>${escaped(name)}</dt><dd>${escaped(state)}</dd>`)
    .join('')}</dl>
${[part('Now', status.open), part('Past ninety days', status.past)].filter((text) => text !== '').join('\n')}
<p><time datetime="${status.updatedAt}">As of ${utc(status.updatedAt)}</time></p>
</html>
`;
}

function article({ title, impact, startedAt, resolvedAt, updates }: Shown): string {
  const lasted =
    resolvedAt === null
      ? `since ${utc(startedAt)}`
      : `${utc(startedAt)}, ${minutesBetween(startedAt, Date.parse(resolvedAt))} minutes`;
  const items = updates
    .toReversed()
    .map(({ at, text }) => `<li><time datetime="${at}">${utc(at)}</time> ${escaped(text)}</li>`)
    .join('');
  return `<article><h3>${escaped(title)}</h3><p>${escaped(impact)} <time datetime="${startedAt}">${lasted}</time></p>${items === '' ? '' : `<ul>${items}</ul>`}</article>`;
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
