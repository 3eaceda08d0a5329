import { type OperationDefinitionNode, OperationTypeNode } from 'graphql';
import type { Load, LoadClass } from '../platform/load/load.ts';
import { isIntrospection } from './gate/document.ts';
import { type Refusal, Refused, refusalOf } from './gate/refusal.ts';

/** The refusal of an operation that would be one too many now, null for one that is answered. */
export function shedOperation(load: Load, operation: OperationDefinitionNode): Refusal | null {
  return overloaded(load, classOf(operation));
}

/** The refusal of a request of this class, null for one that is answered. */
export function overloaded(load: Load, wanted: LoadClass): Refusal | null {
  const retryAfterMs = load.sheds(wanted);
  if (retryAfterMs === null) return null;
  const refused = new Refused('overload', 'UNAVAILABLE', 'There is more to do here than can be done in time.', {
    isDomain: true,
    retryAfterMs,
  });
  return refusalOf(refused, false);
}

/** A mutation is worth as much as a stream: it may take back a key, or say how far a client has come. */
function classOf({ operation, selectionSet }: OperationDefinitionNode): LoadClass {
  if (operation !== OperationTypeNode.QUERY) return 'stream';
  const shows = selectionSet.selections.some((one) => one.kind === 'Field' && isIntrospection(one.name.value));
  return shows ? 'introspection' : 'query';
}
