/** What else a client could read: then it wants events only where there is more than one answer. */
const JSON_TYPES: ReadonlySet<string> = new Set([
  ...['application/json', 'application/graphql-response+json', 'application/*', '*/*'],
]);

/** Whether a client takes server-sent events: as nothing else, as one of several things, or not. */
export function eventsIn(accept: string | undefined): 'only' | 'also' | 'never' {
  // Nearly nobody does, and of every request it is asked.
  if (accept === undefined || !accept.includes('event-stream')) return 'never';
  const types = accept.toLowerCase().split(',').flatMap(typeOf);
  if (!types.includes('text/event-stream')) return 'never';
  return types.some((type) => JSON_TYPES.has(type)) ? 'also' : 'only';
}

/** The type that a part of the header names; none where its quality says that it is not wanted. */
function typeOf(part: string): string[] {
  const [type = '', ...parameters] = part.split(';').map((text) => text.trim());
  return parameters.some((text) => /^q=0(?:\.0*)?$/.test(text)) ? [] : [type];
}
