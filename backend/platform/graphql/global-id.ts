import { InvalidInput } from '../errors.ts';

const KINDS = {
  Instrument: { prefix: 'ins', localId: /^[a-z0-9][a-z0-9._-]{0,63}$/ },
  Signal: { prefix: 'sig', localId: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/ },
  ModelVersion: { prefix: 'mod', localId: /^[\w.-]{1,128}@\d{1,9}$/ },
} as const;
export type NodeKind = keyof typeof KINDS;

/** The id that clients see: our own id behind a prefix that tells its type, so that `node(id)` finds it among all types. */
export function globalId(kind: NodeKind, localId: string): string {
  return `${KINDS[kind].prefix}_${localId}`;
}

/** Which thing a global id names. Throws InvalidInput for anything that is not one. */
export function parseGlobalId(name: string, id: string): { readonly kind: NodeKind; readonly localId: string } {
  const [prefix, ...rest] = id.split('_');
  const localId = rest.join('_');
  for (const kind of Object.keys(KINDS) as NodeKind[]) {
    if (KINDS[kind].prefix === prefix && KINDS[kind].localId.test(localId)) return { kind, localId };
  }
  throw new InvalidInput(name, id, 'an id as this service gave it');
}

/** The local id behind a global id of the kind that is asked for. */
export function localIdOf(kind: NodeKind, name: string, id: string): string {
  const parsed = parseGlobalId(name, id);
  if (parsed.kind !== kind) throw new InvalidInput(name, id, `the id of ${kind === 'Instrument' ? 'an' : 'a'} ${kind}`);
  return parsed.localId;
}
