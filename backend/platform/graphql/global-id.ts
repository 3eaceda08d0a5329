import { InvalidInput } from '../errors.ts';

const PREFIXES = { Instrument: 'ins', Signal: 'sig', ModelVersion: 'mod' } as const;
export type NodeKind = keyof typeof PREFIXES;

/** The id that clients see: our own id behind a prefix that tells its type, so that `node(id)` finds it among all types. */
export function globalId(kind: NodeKind, localId: string): string {
  return `${PREFIXES[kind]}_${localId}`;
}

/** Which thing a global id names. Throws InvalidInput for anything that is not one. */
export function parseGlobalId(name: string, id: string): { readonly kind: NodeKind; readonly localId: string } {
  for (const [kind, prefix] of Object.entries(PREFIXES) as [NodeKind, string][]) {
    if (id.startsWith(`${prefix}_`) && id.length > prefix.length + 1)
      return { kind, localId: id.slice(prefix.length + 1) };
  }
  throw new InvalidInput(name, id, 'an id as this service gave it');
}

/** The local id behind a global id of the kind that is asked for. */
export function localIdOf(kind: NodeKind, name: string, id: string): string {
  const parsed = parseGlobalId(name, id);
  if (parsed.kind !== kind) throw new InvalidInput(name, id, `the id of a ${kind}`);
  return parsed.localId;
}
